"""Fixity: every object is read again on a rolling schedule, the one that was not read for longest first.

What a reading found is in the records and in the events. A damaged or missing object is an alarm; where a replica
has it whole, it is mended from there.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.errors import ObjectDiffers, ObjectMissing
from storage.events import record_event
from storage.objects import BLOCK, ObjectStore
from storage.records.database import Database
from storage.records.keeping_models import FixityTable
from storage.sweep import Expected, expected_objects

AT_ONCE = 100  # objects between two commits; a kill loses that many readings and nothing else
ENROL_AT_ONCE = 500  # rows of one statement; SQLite takes some thousand parameters
AGENT = "sohoa fixity"
UNKNOWN = "application/octet-stream"


class Outcome(StrEnum):
    """What a reading found."""

    GOOD = "good"
    DAMAGED = "damaged"  #: other bytes than were put
    MISSING = "missing"
    MENDED = "mended"  #: was one of the two above, and is good again


@dataclass(frozen=True, slots=True, kw_only=True)
class FixityReport:
    """What a run did."""

    read: int  #: objects
    bytes: int
    mended: tuple[str, ...]
    damaged: tuple[str, ...]  #: and could not be mended
    missing: tuple[str, ...]  #: and could not be mended
    total: int  #: objects on record
    oldest: datetime | None  #: last reading of the object that was not read for longest; None: some were never read

    @property
    def alarm(self) -> bool:
        """Whether somebody must look."""
        return bool(self.damaged or self.missing)


def enrol(database: Database, store: ObjectStore) -> int:
    """Take up every object that the records speak of and no reading knows of yet; how many.

    Raises StoreUnreachable, RecordsUnreachable.
    """
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(FixityTable)) or 0
        waiting = expected_objects(session, store)
        while chunk := list(islice(waiting, ENROL_AT_ONCE)):
            _take_up(database, chunk)
    with database.reading() as session:
        return (session.scalar(select(func.count()).select_from(FixityTable)) or 0) - before


def _take_up(database: Database, chunk: Sequence[Expected]) -> None:
    rows = list({one.key: {"key": one.key, "sha256": one.sha256} for one in chunk}.values())
    with database.reading() as session:
        keys = [row["key"] for row in rows]
        known = set(session.scalars(select(FixityTable.key).where(FixityTable.key.in_(keys))))
    new = [row for row in rows if row["key"] not in known]
    if not new:
        return
    with database.transaction() as session:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(FixityTable).values(new).on_conflict_do_nothing())


def check(database: Database, store: ObjectStore, *, budget: int, replica: ObjectStore | None = None) -> FixityReport:
    """Read objects until `budget` bytes were read, at least one; those never read first, then the longest unread.

    Raises StoreUnreachable, StoreFull, RecordsUnreachable. A kill loses at most the last hundred readings.
    """
    began = datetime.now(UTC)
    read = size = 0
    found: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}
    while size < budget:
        results = []
        for row in _due(database, before=began):
            outcome, read_bytes = _look(store, replica, row)
            results.append((row, outcome, read_bytes))
            found[outcome].append(row.key)
            read, size = read + 1, size + read_bytes
            if size >= budget:
                break
        if not results:
            break
        with database.transaction() as session:
            for row, outcome, read_bytes in results:
                _note(session, row, outcome, read_bytes)
    with database.reading() as session:
        total = session.scalar(select(func.count()).select_from(FixityTable)) or 0
        never = session.scalar(select(FixityTable.key).where(FixityTable.checked_at.is_(None)).limit(1))
        oldest = None if never else session.scalar(select(func.min(FixityTable.checked_at)))
    return FixityReport(
        read=read,
        bytes=size,
        mended=tuple(found[Outcome.MENDED]),
        damaged=tuple(found[Outcome.DAMAGED]),
        missing=tuple(found[Outcome.MISSING]),
        total=total,
        oldest=oldest,
    )


def _due(database: Database, *, before: datetime) -> list[Expected]:
    """The next ones to be read, not yet read in this run. Two questions, so that each goes by the index."""
    with database.reading() as session:
        never = select(FixityTable.key, FixityTable.sha256).where(FixityTable.checked_at.is_(None)).limit(AT_ONCE)
        rows = session.execute(never).all()
        if not rows:
            longest = select(FixityTable.key, FixityTable.sha256).where(FixityTable.checked_at < before)
            rows = session.execute(longest.order_by(FixityTable.checked_at).limit(AT_ONCE)).all()
    return [Expected(key=row.key, sha256=row.sha256) for row in rows]


def _look(store: ObjectStore, replica: ObjectStore | None, row: Expected) -> tuple[Outcome, int]:
    """Read an object and mend it where that is needed and possible; bytes that were read."""
    try:
        digest, size = hashlib.sha256(), 0
        with store.open(row.key) as reader:
            while block := reader.read(BLOCK):
                digest.update(block)
                size += len(block)
        if digest.hexdigest() == row.sha256:
            return Outcome.GOOD, size
        bad = Outcome.DAMAGED
    except ObjectMissing:
        bad, size = Outcome.MISSING, 0
    return (Outcome.MENDED if _mended(store, replica, row) else bad), size


def _mended(store: ObjectStore, replica: ObjectStore | None, row: Expected) -> bool:
    if replica is None:
        return False
    with tempfile.TemporaryDirectory(prefix="sohoa-mend-") as folder:
        good = Path(folder) / "object"
        try:
            replica.fetch(row.key, good)
            info = replica.head(row.key)
            store.mend(row.key, good, sha256=row.sha256, content_type=info.content_type if info else UNKNOWN)
        except (ObjectMissing, ObjectDiffers):  # the replica is no better
            return False
    return store.sha256(row.key) == row.sha256


def _note(session: Session, row: Expected, outcome: Outcome, size: int) -> None:
    session.execute(
        update(FixityTable)
        .where(FixityTable.key == row.key)
        .values(checked_at=datetime.now(UTC), size=size, outcome=outcome)
    )
    good = outcome in (Outcome.GOOD, Outcome.MENDED)
    record_event(
        session,
        type="fixity check" if outcome is Outcome.GOOD else str(outcome),
        object_kind="object",
        object_id=row.sha256,
        agent=AGENT,
        outcome="success" if good else "failure",
        detail={"key": row.key, "bytes": size},
    )


def bad_objects(session: Session) -> list[tuple[str, str]]:
    """(key, outcome) of every object whose last reading was an alarm."""
    bad = (Outcome.DAMAGED, Outcome.MISSING)
    rows = session.execute(
        select(FixityTable.key, FixityTable.outcome).where(FixityTable.outcome.in_(bad)).order_by(FixityTable.key)
    )
    return [(row.key, str(row.outcome)) for row in rows]
