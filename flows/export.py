"""Writes published papers into a folder, named after their sources."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from flows.installation import opened
from flows.settings import Settings
from storage.records import DocumentRecord, documents_of_batch, get_document

SUFFIX = {"pdf": ".pdf", "text": ".txt", "alto": ".alto.xml"}
SCAN_SUFFIX = re.compile(r"\.(pdf|tiff?|jpe?g|png|webp|jp2|j2k|bmp|heic|heif)$", re.IGNORECASE)
LONGEST = 120  # letters of a name; file systems take 255 bytes, and a Vietnamese letter may need three


def export_documents(wanted: Sequence[str], batch: str | None, to: Path, settings: Settings) -> int:
    """Write each paper's PDF, text and ALTO; the number of files.

    `<stem>.pdf` for a source's first paper, `<stem>-2.pdf` for its second. Two sources of one stem keep apart by
    the folder they came from. Papers held back for a state-secret mark have no files.
    Raises UnknownDocument, UnknownBatch, StorageError.
    """
    with opened(settings) as house:
        with house.database.transaction() as session:
            documents = (
                documents_of_batch(session, batch) if batch else [get_document(session, one) for one in wanted]
            )
        to.mkdir(parents=True, exist_ok=True)
        written = 0
        for name, document in _named(documents):
            for part in document.parts:
                if part.name in SUFFIX:
                    house.store.fetch(part.key, to / f"{name}{SUFFIX[part.name]}")
                    written += 1
    return written


def _named(documents: Iterable[DocumentRecord]) -> list[tuple[str, DocumentRecord]]:
    by_source: dict[str, list[DocumentRecord]] = defaultdict(list)
    for document in documents:
        by_source[document.source].append(document)
    by_stem: dict[str, list[str]] = defaultdict(list)
    for source in by_source:
        by_stem[_stem(PurePosixPath(source).name)].append(source)
    named = []
    for stem, sources in by_stem.items():
        for source in sources:
            whole = stem if len(sources) == 1 else _stem("_".join(PurePosixPath(source).parts))
            papers = sorted(by_source[source], key=lambda document: min((*document.pages, *document.blank_pages)))
            for number, document in enumerate(papers, 1):
                named.append((whole if number == 1 else f"{whole}-{number}", document))
    return named


def _stem(name: str) -> str:
    """A file name without its scan's ending, safe to write anywhere."""
    stem = SCAN_SUFFIX.sub("", name)
    safe = re.sub(r"[\x00-\x1f/\\:*?\"<>|]", "_", stem).strip(" .") or "scan"
    return safe[:LONGEST]
