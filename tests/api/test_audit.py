"""Events of accesses are written by one thread, which nobody who hangs up may take with them."""

from __future__ import annotations

from concurrent.futures import Future

from sqlalchemy import select

from api.audit import Access, Audit
from storage.records import Database
from storage.records.models import EventTable


def an_access(name: str) -> Access:
    """Somebody looked at something."""
    return Access(type="viewed", object_kind="document", object_id=name, agent="key a", outcome="success", detail={})


def test_who_hangs_up_while_an_event_waits_stops_nobody_elses(records: Database) -> None:
    """One client that goes away at the wrong moment would leave every other without answers until a restart."""
    audit = Audit(records)
    with records.transaction() as session:  # SQLite lets no other writer in meanwhile: what is recorded now waits
        session.execute(select(EventTable.id).limit(1))
        waiting = [audit.record(an_access(f"gone {number}")) for number in range(5)]
        for one in waiting:
            one.cancel()
    later: Future[None] = audit.record(an_access("later"))
    later.result(30)
    assert audit.alive
    audit.close()
    with records.reading() as session:
        kept = set(session.scalars(select(EventTable.object_id)))
    assert kept == {"later", *(f"gone {number}" for number in range(5))}, "what was asked for is on record"
