"""What must be in the store by the records, and what is: the difference is told, and never removed in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.chain import ANCHORS
from storage.keys import original_key
from storage.objects import ObjectStore
from storage.records.database import Database
from storage.records.models import PartTable, ScanTable
from storage.records.values import ScanState

AT_ONCE = 1000  # rows read at a time
MANIFEST = "application/json"  # content type of the list that stands for a folder of page images


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """An object that the records speak of."""

    key: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What a comparison of the store with the records found."""

    known: int  #: objects on record
    missing: tuple[str, ...]  #: on record and not in the store: an alarm
    orphans: tuple[str, ...]  #: in the store and on no record


def expected_objects(session: Session, store: ObjectStore) -> Iterator[Expected]:
    """Every object that the records speak of, parts of documents first; some may come twice.

    Raises StoreUnreachable, ObjectMissing where a folder's list of page images is gone.
    """
    yield from _parts(session)
    yield from _originals(session, store)


def _parts(session: Session) -> Iterator[Expected]:
    after = ""
    while True:
        wanted = select(PartTable.key, PartTable.sha256).where(PartTable.key > after).order_by(PartTable.key)
        rows = session.execute(wanted.limit(AT_ONCE)).all()
        if not rows:
            return
        yield from (Expected(key=row.key, sha256=row.sha256) for row in rows)
        after = rows[-1].key


def _originals(session: Session, store: ObjectStore) -> Iterator[Expected]:
    after = 0
    while True:
        wanted = select(ScanTable.id, ScanTable.object_key, ScanTable.sha256).where(
            ScanTable.id > after, ScanTable.state != ScanState.DISPOSED
        )
        rows = session.execute(wanted.order_by(ScanTable.id).limit(AT_ONCE)).all()
        if not rows:
            return
        for row in rows:
            yield Expected(key=row.object_key, sha256=row.sha256)
            yield from listed_originals(store, row.object_key)
        after = rows[-1].id


def listed_originals(store: ObjectStore, key: str) -> Iterator[Expected]:
    """Files of a folder of page images, which came as one scan."""
    info = store.head(key)
    if info is None or info.content_type != MANIFEST:
        return
    with store.open(key) as reader:
        data = reader.read()
    try:
        hashes = [str(entry["sha256"]) for entry in json.loads(data)]
    except (ValueError, KeyError, TypeError):  # damaged: the reading of the list itself is the alarm
        return
    for sha256 in hashes:
        yield Expected(key=original_key(sha256), sha256=sha256)


def compare(database: Database, store: ObjectStore, *, settled: timedelta = timedelta()) -> SweepReport:
    """Compare the store's list with the records.

    settled: objects younger than this are no orphans yet, a batch may be about to publish them.
    Raises StoreUnreachable, RecordsUnreachable.
    """
    present = {info.key: info.modified for info in store.list()}
    with database.reading() as session:
        known = {one.key for one in expected_objects(session, store)}
    before = datetime.now(UTC) - settled
    orphans = (
        key
        for key, modified in present.items()
        if key not in known and modified <= before and not key.startswith(ANCHORS)
    )
    missing = (key for key in sorted(known - set(present)) if store.head(key) is None)  # it may have just come
    return SweepReport(known=len(known), missing=tuple(missing), orphans=tuple(sorted(orphans)))
