"""`--dry-run`: what would be taken, how long that takes and how much space, with nothing put on record."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from flows.bulk.listing import Given, every_item
from flows.cores import usable_cores
from flows.installation import Installation
from storage.bulk import Item, published_hashes, run_progress, runs

SPACE_RATIO = 2.0  # bytes kept for each byte that comes in: the original and what is made of it
SECONDS_OF_PAGE = 1.5  # of one core, where no bulk run has ended yet (tests/benchmarks/pipeline.py)
MB, GB = 1e6, 1e9  # as disks are sold


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What lies there."""

    scans: int  #: all of them
    closed: int  #: scans that cannot be opened; their pages are in no count
    known: int  #: scans that the archive holds already, by their bytes
    pages: int  #: that would be read
    size: int  #: bytes that would be new


def forecast(house: Installation, given: Given) -> Forecast:
    """Open, count and hash everything that is given. Writes nothing but members of ZIPs, which go again.

    Raises RecordsUnreachable, StoreUnreachable for a bucket.
    """
    return summed_up(house, every_item(house, f"dry-{os.getpid()}", given, set()))


def summed_up(house: Installation, items: Iterable[Item]) -> Forecast:
    """The forecast of what an intake list would hold. Raises RecordsUnreachable."""
    listed = list(items)
    open_ = [item for item in listed if item.pages]
    with house.database.reading() as session:
        held = published_hashes(session, {item.sha256 for item in open_ if item.sha256})
    new = [item for item in open_ if item.sha256 not in held]
    return Forecast(
        scans=len(listed),
        closed=len(listed) - len(open_),
        known=len(open_) - len(new),
        pages=sum(item.pages for item in new),
        size=sum(item.size for item in new),
    )


def lines_of(found: Forecast, house: Installation, *, workers: int = 0) -> Iterator[str]:
    """What a person wants to know before a night or a week-end. workers: processes that read, 0 for all cores."""
    cores = workers or house.settings.run.workers or usable_cores()
    seconds = found.pages * _seconds_of_page(house) / cores
    free = shutil.disk_usage(house.data_dir).free
    kept = found.size * SPACE_RATIO
    yield f"{found.scans} scans: {found.known} are in the archive already, {found.closed} cannot be opened"
    yield f"{found.pages} pages to read, {_size(found.size)}"
    yield f"about {timedelta(seconds=round(seconds))} on {cores} {'core' if cores == 1 else 'cores'}"
    little = "" if kept < free else ": TOO LITTLE"
    yield f"about {_size(kept)} would be kept, {_size(free)} are free{little}"
    yield "nothing was taken; leave out --dry-run to begin"


def _size(size: float) -> str:
    return f"{size / GB:.1f} GB" if size >= GB else f"{size / MB:.1f} MB"


def _seconds_of_page(house: Installation) -> float:
    """Of one core, by the newest bulk run that has got somewhere here."""
    with house.database.reading() as session:
        for run in runs(session):
            progress = run_progress(session, run.id)
            if progress.done_pages and progress.seconds:
                return progress.seconds / progress.done_pages * usable_cores()
    return SECONDS_OF_PAGE
