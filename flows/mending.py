"""Mending pages: new files of a paper's finished pages, stored first, then put on record as a new version.

Nothing is read again: images and text go from the old files to the new ones as they are (ocr.pdf.rearranging).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from threading import Lock

import pypdfium2

from ocr.alto_pages import AltoLeaf, rearrange_alto
from ocr.pdf import PaperMetadata
from ocr.pdf.checking import opened_by_pdfium
from ocr.pdf.rearranging import Leaf, rearrange
from storage import mending
from storage.errors import WrongMending
from storage.mending import Leaves, id_of_paper
from storage.objects import ObjectStore
from storage.parts import part_of
from storage.records import Database, DocumentRecord, Part, get_document, page_texts
from storage.records.models import DocumentTable

FORM_FEED = "\f"  # between pages of the text, as ocr.pdf.wording has it
TURNS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where mending is done."""

    database: Database
    store: ObjectStore
    folder: Path  #: on the disk of the data directory; emptied afterwards
    agent: str  #: who mends
    pdfium: Lock = field(default_factory=Lock)  #: of everybody in this process: PDFium works for one thread at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheaf:
    """A paper's files at hand."""

    document: DocumentRecord
    pdf: Path
    alto: Path
    texts: Mapping[int, str]


def arrange(
    bench: Bench,
    document_id: str,
    *,
    version: int,
    order: Sequence[int],
    turns: Mapping[int, int],
    blank: Sequence[int],
) -> int:
    """Order a paper's pages, turn some clockwise, call some blank; the paper's new version.

    Raises WrongMending where pages are left out or doubled, DocumentChanged, UnknownDocument.
    """
    with tempfile.TemporaryDirectory(dir=bench.folder, prefix=".mend-") as folder:
        sheaf = _sheaf(bench, document_id, Path(folder) / "old")
        before = sheaf.document
        if sorted(order) != sorted(before.order) or set(blank) - set(order) or set(turns) - set(order):
            raise WrongMending(f"{document_id}: the pages are {list(before.order)}")
        if any(turn not in TURNS for turn in turns.values()) or len(set(blank)) == len(order):
            raise WrongMending(f"{document_id}: turns are 0, 90, 180 and 270 degrees, and one page is not blank")
        turned = {page: turn for page, turn in turns.items() if turn}
        moved = bool(turned) or tuple(order) != before.order
        parts = _files(bench, [sheaf], order, turned, before, version + 1, Path(folder)) if moved else ()
        leaves = Leaves(
            order=tuple(order),
            blank=frozenset(blank),
            parts=parts,
            turned=turned,
            sizes=_sizes(bench, sheaf, turned) if turned else {},
        )
        _stored(bench, parts)
        with bench.database.transaction() as session:
            return mending.arrange(session, document_id, version=version, leaves=leaves, agent=bench.agent)


def split(bench: Bench, document_id: str, *, version: int, pages: Sequence[int]) -> str:
    """Make a paper of its own of some pages; its id. Raises as `arrange` does."""
    with tempfile.TemporaryDirectory(dir=bench.folder, prefix=".mend-") as folder:
        sheaf = _sheaf(bench, document_id, Path(folder) / "old")
        before = sheaf.document
        gone = [page for page in before.order if page in pages]
        kept = [page for page in before.order if page not in pages]
        if not gone or not kept or len(gone) != len(set(pages)):
            raise WrongMending(f"{document_id}: a paper keeps a page at least, and gives only its own")
        if min(gone) < min(kept):  # the one with the first page keeps the id, which is made of that page
            gone, kept = kept, gone
        new_id = id_of_paper(before.scan_sha256, min(gone))
        sides = {}
        for identity, order, made in ((document_id, kept, version + 1), (new_id, gone, _next(bench, new_id))):
            target = Path(folder) / identity
            target.mkdir()
            parts = _files(bench, [sheaf], order, {}, before, made, target, identity=identity)
            _stored(bench, parts)
            sides[identity] = _leaves(before, order, parts)
        with bench.database.transaction() as session:
            return mending.split(
                session,
                document_id,
                version=version,
                kept=sides[document_id],
                gone=sides[new_id],
                agent=bench.agent,
            )


def join(bench: Bench, first_id: str, second_id: str, *, versions: tuple[int, int]) -> int:
    """Put the second paper's pages behind the first's; the first's new version. Raises as `arrange` does."""
    with tempfile.TemporaryDirectory(dir=bench.folder, prefix=".mend-") as folder:
        sheaves = [
            _sheaf(bench, identity, Path(folder) / f"old-{place}")
            for place, identity in enumerate((first_id, second_id))
        ]
        first, second = (sheaf.document for sheaf in sheaves)
        if first.scan_sha256 != second.scan_sha256 or first.id == second.id:
            raise WrongMending("only papers of one scan can be joined")
        order = (*first.order, *second.order)
        parts = _files(bench, sheaves, order, {}, first, versions[0] + 1, Path(folder))
        leaves = Leaves(
            order=order,
            blank=frozenset((*first.blank_pages, *second.blank_pages)),
            parts=parts,
            turned={},
            sizes={},
        )
        _stored(bench, parts)
        with bench.database.transaction() as session:
            return mending.join(session, first_id, second_id, versions=versions, leaves=leaves, agent=bench.agent)


def _leaves(before: DocumentRecord, order: Sequence[int], parts: tuple[Part, ...]) -> Leaves:
    blank = frozenset(before.blank_pages) & frozenset(order)
    if len(blank) == len(order):  # a paper of blanks alone is no paper: its pages count
        blank = frozenset()
    return Leaves(order=tuple(order), blank=blank, parts=parts, turned={}, sizes={})


def _next(bench: Bench, document_id: str) -> int:
    """The version that a paper of that id will have: 1, unless it was joined away before."""
    with bench.database.reading() as session:
        row = session.get(DocumentTable, document_id)
        return 1 if row is None else row.version + 1


def _sheaf(bench: Bench, document_id: str, folder: Path) -> _Sheaf:
    folder.mkdir()
    with bench.database.reading() as session:
        document = get_document(session, document_id)
        texts = dict(page_texts(session, document_id))
    parts = {part.name: part for part in document.parts}
    if not {"pdf", "alto"} <= parts.keys():
        raise WrongMending(f"{document_id}: has no files")
    pdf, alto = folder / "document.pdf", folder / "document.alto.xml"
    bench.store.fetch(parts["pdf"].key, pdf)
    bench.store.fetch(parts["alto"].key, alto)
    return _Sheaf(document=document, pdf=pdf, alto=alto, texts=texts)


def _files(
    bench: Bench,
    sheaves: Sequence[_Sheaf],
    order: Sequence[int],
    turned: Mapping[int, int],
    described: DocumentRecord,
    version: int,
    folder: Path,
    *,
    identity: str | None = None,
) -> tuple[Part, ...]:
    """Write PDF, ALTO and text of these pages."""
    identity = identity or described.id
    whose = {page: sheaf for sheaf in sheaves for page in sheaf.document.order}
    pdf, alto, text = folder / "document.pdf", folder / "document.alto.xml", folder / "document.txt"
    leaves = [
        Leaf(
            file=whose[page].pdf,
            place=whose[page].document.order.index(page),
            number=page,
            turn=turned.get(page, 0),
        )
        for page in order
    ]
    with bench.pdfium:
        rearrange(leaves, _metadata(bench, described, identity), pdf)
    rearrange_alto(
        [AltoLeaf(file=whose[page].alto, number=page, turn=turned.get(page, 0)) for page in order], identity, alto
    )
    text.write_text(FORM_FEED.join(whose[page].texts.get(page, "") for page in order), encoding="utf-8")
    return tuple(
        part_of(identity, version, name, file) for name, file in (("pdf", pdf), ("alto", alto), ("text", text))
    )


def _metadata(bench: Bench, document: DocumentRecord, identity: str) -> PaperMetadata:
    values = {field.name: field.value for field in document.fields} if identity == document.id else {}
    return PaperMetadata(
        title=document.title,
        type=document.type or "",
        number=values.get("number"),
        date=values.get("date"),
        issuer=values.get("issuer"),
        subject=values.get("subject"),
        dossier_code=document.dossier_code,
        source_name=document.source,
        source_sha256=document.scan_sha256,
        document_id=identity,
        tools=(f"sohoa {installed('sohoa')}", f"pages mended by {bench.agent}"),
        created=datetime.now(UTC).replace(microsecond=0),
        source_signatures=len(document.report.get("signatures") or ()),
    )


def _sizes(bench: Bench, sheaf: _Sheaf, pages: Mapping[int, int]) -> dict[int, tuple[float, float]]:
    """Points of the pages as they are seen now."""
    document: pypdfium2.PdfDocument
    with bench.pdfium, opened_by_pdfium(sheaf.pdf) as document:
        return {page: document.get_page_size(sheaf.document.order.index(page)) for page in pages}


def _stored(bench: Bench, parts: Sequence[Part]) -> None:
    """Every object put and read back before anything is on record (decision 3 of the design)."""
    for part in parts:
        bench.store.put(part.key, part.path, sha256=part.sha256, content_type=part.content_type)
