"""Writing to a build of the index."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy

from storage.errors import IndexDamaged, StoreFull
from storage.index.entries import entries
from storage.index.values import IndexedDocument

HEAP = 64 << 20  # bytes that the writer collects before it writes a segment


def write(
    index: tantivy.Index,
    documents: Iterable[IndexedDocument],
    folder: Path,
    *,
    gone: Iterable[str] = (),
    fresh: bool = False,
) -> int:
    """Put documents in, in place of what was there of the same ids, and commit; how many.

    gone: ids to take out. fresh: none of the documents is there, so that none is looked for.
    Raises StoreFull, IndexDamaged.
    """
    count = 0
    with told(folder):
        writer = index.writer(HEAP, 1)
        for document_id in gone:
            writer.delete_documents_by_term("id", document_id)
    for document in documents:
        count += 1
        pages = list(entries(document))
        with told(folder):
            if not fresh:
                writer.delete_documents_by_term("id", document.id)
            for page in pages:
                writer.add_document(page)
    with told(folder):
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
    return count


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """The engine's errors in the index's words; it does not say why it could not write."""
    try:
        yield
    except (ValueError, OSError) as error:
        if shutil.disk_usage(folder).free < HEAP:
            raise StoreFull(f"{folder}: no room left for the index; make room, then run it again") from error
        raise IndexDamaged(f"{folder}: the index cannot be written ({error}); run `sohoa reindex`") from error
