"""A build of the index that a kill does not send back to its beginning.

Documents come in the order of their ids. Beside each commit stands the id it reached; who goes on begins behind it,
and at the end puts in once more what was told to the index since the build began: the old build had that meanwhile.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import tantivy

from storage.errors import IndexDamaged
from storage.index.values import IndexedDocument
from storage.index.writing import write

REACHED = "reached.json"  # in a build that is not finished
COMMIT_EVERY = 5000  # documents; what a kill costs is half of that, some ten seconds


class Source(Protocol):
    """Where the documents come from."""

    def mark(self) -> int:
        """How far what is told to the index has come by now."""

    def after(self, document_id: str) -> Iterator[IndexedDocument]:
        """Documents behind this id, in the order of ids."""

    def told_since(self, mark: int) -> tuple[list[IndexedDocument], list[str]]:
        """(documents, ids of those that must not be found) that were told of after a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far a build has come."""

    last: str  #: id of its last document
    documents: int
    mark: int  #: of the source, when the build began


def unfinished(folder: Path, pattern: str) -> Path | None:
    """A build that a kill left, None where there is none that can be gone on with."""
    for found in folder.glob(pattern):
        if _reached(found) is None:
            continue
        try:
            tantivy.Index.open(str(found))
        except (ValueError, OSError):
            shutil.rmtree(found, ignore_errors=True)
            continue
        return found
    return None


def build(folder: Path, source: Source) -> int:
    """Fill a build, from where it was; how many documents. Raises StoreFull, IndexDamaged."""
    begun = _reached(folder)
    reached = begun or Reached(last="", documents=0, mark=source.mark())
    _note(folder, reached)
    try:
        index = tantivy.Index.open(str(folder))
    except (ValueError, OSError) as error:
        raise IndexDamaged(f"{folder}: the build cannot be opened; remove it and run `sohoa reindex`") from error
    doubtful = begun is not None  # whether the next documents may be there: committed, and killed before the note
    documents = source.after(reached.last)
    while chunk := list(islice(documents, COMMIT_EVERY)):
        write(index, chunk, folder, fresh=not doubtful)
        reached = Reached(last=chunk[-1].id, documents=reached.documents + len(chunk), mark=reached.mark)
        _note(folder, reached)
        doubtful = False
    if begun is not None:
        changed, gone = source.told_since(reached.mark)
        write(index, changed, folder, gone=gone)
    (folder / REACHED).unlink()
    return reached.documents


def _reached(folder: Path) -> Reached | None:
    try:
        return Reached(**json.loads((folder / REACHED).read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _note(folder: Path, reached: Reached) -> None:
    coming = folder / f".{REACHED}"
    with coming.open("w") as file:
        json.dump(asdict(reached), file)
        file.flush()
        os.fsync(file.fileno())
    coming.replace(folder / REACHED)
