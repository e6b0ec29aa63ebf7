"""What lies in a watched folder, as lines of an intake list, for `sohoa watch --dry-run`."""

from __future__ import annotations

from flows.bulk.listing import line_of
from flows.installation import Installation
from flows.reading import worker_settings
from flows.unattended_settings import WatchedFolder
from flows.watching.look import Unit, look
from ocr.errors import ScanError
from ocr.opening import Kind, Limits, Source, identify
from storage.bulk import Item


def waiting_items(house: Installation, folder: WatchedFolder) -> tuple[list[Item], int]:
    """A line for each scan that lies there, ready or not, and how many files are still being written.

    A ZIP is one line of one page: nothing is unpacked here. Raises OSError where the folder is not there.
    """
    seen = look(folder)
    limits = worker_settings(house.settings).limits
    items = [_item(unit, folder, limits) for candidate in seen.candidates for unit in candidate.units]
    return items, seen.unfinished


def _item(unit: Unit, folder: WatchedFolder, limits: Limits) -> Item:
    files = tuple(folder.path / file.path for file in unit.files)
    try:
        kind = identify(files[0])
    except (ScanError, OSError):
        kind = None
    source = Source(name=unit.name, files=files, kind=kind or Kind.PDF)  # what is of no kind has no page either
    return line_of(source, unit.told, {}, limits, pages=1 if kind is Kind.ZIP else None)
