"""People are told of bulk runs that do not get on, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from flows.bulk.care import STUCK_AFTER, chunk_key, tell_of_bulk
from flows.installation import Installation, opened
from flows.resident import key_of
from storage.bulk import Item, RunState, add_items, claim_chunk, close_list, release_chunk, set_run_state, start_run
from storage.heartbeats import note_heartbeat
from storage.notices import find_notices
from storage.records import start_batch
from storage.records.models import BatchTable
from storage.records.unattended_models import BulkChunkTable, BulkRunTable
from tests.flows.conftest import House

LEASE = timedelta(seconds=90)
HOURS = timedelta(hours=3)


@contextmanager
def begun(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Installation, str]]:
    """A run of three scans in one chunk, begun hours ago, and somebody to tell."""
    monkeypatch.setenv("SOHOA_NOTICES__WEBHOOK_URL", "https://tinh.example.vn/hook")
    with opened(house.settings()) as inside:
        with inside.database.transaction() as session:
            run, _ = start_run(session, "k", sources=["/kho"], operator="An", agency=None, procedure=None)
            add_items(session, run.id, [item(number) for number in range(3)])
            close_list(session, run.id, chunk_documents=300)
            session.execute(update(BulkRunTable).values(started_at=datetime.now(UTC) - HOURS))
        yield inside, run.id


def item(number: int) -> Item:
    """A line of the intake list."""
    return Item(
        number=number,
        name=f"kho/{number}.pdf",
        place={},
        size=1,
        pages=1,
        sha256=f"{number:064}",
        agency_code=None,
        procedure_code=None,
        dossier_code=None,
        state="waiting",
    )


def told(inside: Installation) -> list[str]:
    """Kinds of the notices so far."""
    with inside.database.reading() as session:
        return [notice.kind for notice in find_notices(session)]


def alive(session: Session, run_id: str) -> None:
    """A worker says that it lives."""
    note_heartbeat(session, name="bulk@m:1", part="bulk", host="m", detail={"run": run_id, "doing": "chunk 1"})


def test_a_run_that_nobody_works_on_is_told_of_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut on Friday evening; on Monday the archive is as it was, and nobody knew."""
    with begun(house, monkeypatch) as (inside, run_id):
        assert tell_of_bulk(inside) == 1
        assert tell_of_bulk(inside) == 0
        with inside.database.reading() as session:
            (notice,) = find_notices(session)
        assert "mới xong 0 trên 3 tệp" in notice.body
        assert run_id in notice.subject


def test_a_run_that_waits_or_is_paused_is_left_in_peace(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is told of what is as it should be does not read the next notice."""
    with begun(house, monkeypatch) as (inside, run_id):
        with inside.database.transaction() as session:
            alive(session, run_id)  # it waits for its hours
        assert tell_of_bulk(inside) == 0
        with inside.database.transaction() as session:
            note_heartbeat(session, name="bulk@m:1", part="bulk", host="m", detail={})
            set_run_state(session, run_id, RunState.PAUSED, agent="An")
        assert tell_of_bulk(inside) == 0


def test_a_chunk_that_never_ends_is_told_of_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One scan that kills its reader each time would be tried for ever, unseen."""
    with begun(house, monkeypatch) as (inside, run_id):
        for attempt in range(1, STUCK_AFTER + 2):
            with inside.database.transaction() as session:
                alive(session, run_id)
                session.execute(update(BulkChunkTable).values(lease_until=datetime.now(UTC) - LEASE))
                chunk = claim_chunk(session, run_id, "bulk@m:1", lease=LEASE)
                assert chunk is not None
                release_chunk(session, chunk, "bulk@m:1", after=timedelta(minutes=1))
            tell_of_bulk(inside)
            assert told(inside) == ["chunk_stuck"] * (attempt >= STUCK_AFTER)


def test_a_chunk_that_stands_still_is_told_of_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that hangs holds its chunk for ever: it goes on to say that it lives."""
    with begun(house, monkeypatch) as (inside, run_id):
        with inside.database.transaction() as session:
            alive(session, run_id)
            chunk = claim_chunk(session, run_id, "bulk@m:1", lease=LEASE)
            assert chunk is not None
            start_batch(session, key_of(chunk_key(run_id, 1)), operator="", inputs=[], settings_json="{}")
        assert tell_of_bulk(inside) == 0  # it has just begun
        with inside.database.transaction() as session:
            session.execute(update(BatchTable).values(started_at=datetime.now(UTC) - HOURS))
        assert tell_of_bulk(inside) == 1
        assert tell_of_bulk(inside) == 0
        assert told(inside) == ["chunk_quiet"]
