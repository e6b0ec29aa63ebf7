"""What every source of a batch is worked on with, and patience with what is away for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from flows.pool import Pool
from ocr.opening import Limits
from ocr.page import Engine
from storage.errors import RecordsUnreachable, StoreUnreachable
from storage.objects import ObjectStore
from storage.records import Batch, Database, is_paused

Result = TypeVar("Result")

AWAY = (StoreUnreachable, RecordsUnreachable)  # they may come back
FIRST_PAUSE = 0.5  # seconds; doubles up to LONGEST_PAUSE
LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Store, records, reading processes and the batch that they serve."""

    database: Database
    store: ObjectStore
    pool: Pool
    engine: Engine
    limits: Limits
    work: Path
    settings_key: str  #: short hash of everything that makes two readings of one page differ
    tools: tuple[str, ...]
    batch: Batch
    patience_s: float
    one_paper: bool
    made_at: datetime | None  #: SOURCE_DATE_EPOCH; None: a file's date is when its scan was registered


def paused(shop: Workshop) -> bool:
    """Whether an operator wants no further document of the batch begun; not while the records are away."""
    try:
        with shop.database.reading() as session:
            return is_paused(session, shop.batch.id)
    except RecordsUnreachable:
        return False


def patiently(shop: Workshop, act: Callable[[], Result]) -> Result:
    """Repeat what the store or the database would not do, for as long as the settings allow; then raise it."""
    until = time.monotonic() + shop.patience_s
    pause = FIRST_PAUSE
    while True:
        try:
            return act()
        except AWAY:
            if time.monotonic() + pause > until:
                raise
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
