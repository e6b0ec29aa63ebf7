"""Events are chained by hash: each carries the hash of the one before, so that a change or a gap shows.

Whoever may write to the database could forge the whole chain from some event on. Therefore its head is anchored now
and then in the object store (`anchor`), where objects are put once: a chain that does not hold its anchors is forged
or cut short.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, event, select, text
from sqlalchemy.orm import Session

from storage.errors import ObjectDiffers
from storage.objects import ObjectStore
from storage.records.models import EventTable

GENESIS = "0" * 64  # what the first event names as the one before it
LOCK = 7_364_119  # PostgreSQL's advisory lock on the end of the chain, held until the commit
ANCHORS = "anchors/"
WAITING = "events to be chained"  # under this name a session keeps them until it commits
AT_ONCE = 1000  # events read at a time
_LAST = select(EventTable.id, EventTable.sha256).order_by(EventTable.id.desc()).limit(1)  # asked at every commit
_TABLE = EventTable.__table__
_COLUMNS = [column.name for column in _TABLE.columns if column.name != "id"]
# Of columns: each access of the door writes an event, and adding an object costs twice as much.
_ADD = cast("Table", _TABLE).insert()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An event's place in the chain."""

    id: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a look at the whole chain found."""

    events: int
    anchors: int
    head: Link | None  #: None where there are no events
    faults: tuple[str, ...]  #: in the order of the chain; empty where it holds

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, taken out or put in between."""
        return not self.faults


def hash_of_event(row: EventTable) -> str:
    """What the next event must name: everything of this one, and the hash of the one before."""
    at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    said = [row.previous, at, row.type, row.agent, row.object_kind, row.object_id, row.outcome, row.detail]
    return hashlib.sha256(json.dumps(said, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def chain_at_commit(session: Session, row: EventTable) -> None:
    """Put an event at the end of the chain when its transaction commits.

    Not earlier: the end of the chain is one place for all writers, and who holds it must not wait for anything else.
    """
    session.info.setdefault(WAITING, []).append(row)


@event.listens_for(Session, "before_commit")
def _chain(session: Session) -> None:
    waiting: list[EventTable] = session.info.pop(WAITING, [])
    if not waiting:
        return
    session.flush()
    if session.get_bind().dialect.name == "postgresql":  # SQLite lets one writer in anyway
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    last = head(session)
    previous = last.sha256 if last else GENESIS
    rows = []
    for row in waiting:
        row.previous = previous
        row.sha256 = previous = hash_of_event(row)
        rows.append({name: getattr(row, name) for name in _COLUMNS})
    session.execute(_ADD, rows)  # one by one in this order, as no ids are asked back: they must rise along the chain


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(WAITING, None)


def head(session: Session) -> Link | None:
    """The last event, None before the first."""
    row = session.execute(_LAST).first()
    return None if row is None else Link(id=row.id, sha256=row.sha256)


def chained_events(session: Session, *, after: int = 0) -> Iterator[EventTable]:
    """Events in the order of the chain; some thousand in memory at a time."""
    while True:
        wanted = select(EventTable).where(EventTable.id > after).order_by(EventTable.id).limit(AT_ONCE)
        rows = list(session.scalars(wanted))
        if not rows:
            return
        yield from rows
        after = rows[-1].id
        session.expunge_all()


def verify(session: Session, store: ObjectStore | None = None) -> ChainReport:
    """Look at every event, and at every anchor where a store is given.

    Raises StoreUnreachable, RecordsUnreachable.
    """
    anchors = read_anchors(store) if store is not None else {}
    faults: list[str] = []
    previous, last, events, met = GENESIS, None, 0, 0
    for row in chained_events(session):
        events += 1
        if row.previous != previous:
            faults.append(f"event {row.id}: the one before it was changed, taken out, or others were put between")
        if hash_of_event(row) != row.sha256:
            faults.append(f"event {row.id} ({row.type} of {row.object_kind} {row.object_id}): it was changed")
        if row.id in anchors:
            met += 1
            if anchors[row.id] != row.sha256:
                faults.append(f"event {row.id}: not the one that was anchored; the chain was made anew")
        previous, last = row.sha256, Link(id=row.id, sha256=row.sha256)
    if met < len(anchors):
        gone = sorted(set(anchors) - {0})[-1]
        faults.append(f"{len(anchors) - met} anchored events are gone, up to event {gone}; the chain was cut")
    return ChainReport(events=events, anchors=len(anchors), head=last, faults=tuple(faults))


def anchor(session: Session, store: ObjectStore) -> Link | None:
    """Put the head of the chain into the store, from where it can be compared; None where there are no events.

    Only committed events: call it in a transaction that records none. Raises StoreUnreachable, StoreFull.
    """
    last = head(session)
    if last is None:
        return None
    said: dict[str, Any] = {"event": last.id, "sha256": last.sha256}
    data = json.dumps(said, sort_keys=True).encode()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "anchor.json"
        file.write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        store.put(f"{ANCHORS}{last.id:012d}.json", file, sha256=sha256, content_type="application/json")
    return last


def read_anchors(store: ObjectStore) -> dict[int, str]:
    """Event → hash of every anchor in the store. Raises ObjectDiffers for one that cannot be read."""
    found: dict[int, str] = {}
    for info in store.list(ANCHORS):
        with store.open(info.key) as reader:
            data = reader.read()
        try:
            said = json.loads(data)
            found[int(said["event"])] = str(said["sha256"])
        except (ValueError, KeyError, TypeError) as error:
            raise ObjectDiffers(f"{info.key}: is no anchor any more; compare it with a copy of the store") from error
    return found
