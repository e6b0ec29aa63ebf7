"""The outbox: told at least once, in order for each document, to one worker at a time, and never lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.dead_letters import dead_letters, tell_again
from storage.outbox import MOST_ATTEMPTS, OutboxItem, claim, mark_done, mark_failed, pending, tell
from storage.publication import publish_scan
from storage.records import Database
from storage.records.models import OutboxTable
from tests.conftest import Pair
from tests.storage.papers import a_batch, a_document, a_scan

TOPIC = "test"


@pytest.fixture
def ids(pair: Pair, tmp_path: Path) -> list[str]:
    """Ids of three published documents."""
    batch = a_batch(pair.database)
    made = []
    for name in "abc":
        document = a_document(tmp_path, batch, name=name)
        publish_scan(pair.database, pair.store, a_scan(pair.database, batch, name.encode()).id, [document])
        made.append(document.id)
    return made


def _tell(database: Database, *ids: str) -> None:
    with database.transaction() as session:
        for document_id in ids:
            tell(session, TOPIC, document_id)


def _claim(database: Database, limit: int = 100) -> list[OutboxItem]:
    with database.transaction() as session:
        return claim(session, TOPIC, limit=limit)


def test_what_is_told_of_a_transaction_that_failed_is_never_told(pair: Pair, ids: list[str]) -> None:
    """A portal that is told of a paper that does not exist shows an error to a citizen."""

    def stumble(session: Session) -> None:
        tell(session, TOPIC, ids[0])
        session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError), pair.database.transaction() as session:
        stumble(session)
    assert _claim(pair.database) == []


def test_items_come_oldest_first_and_one_a_document(pair: Pair, ids: list[str]) -> None:
    """A correction that arrives before the paper that it corrects is lost at the other side."""
    one, two, _ = ids
    _tell(pair.database, one, two, one)
    first = _claim(pair.database)
    assert [item.document_id for item in first] == [one, two]
    assert _claim(pair.database) == []
    with pair.database.transaction() as session:
        mark_done(session, first)
    assert [item.document_id for item in _claim(pair.database)] == [one]


def test_two_workers_never_hold_the_same_item(pair: Pair, ids: list[str]) -> None:
    """A portal that is told everything twice counts every paper twice."""
    _tell(pair.database, *ids)
    held: list[OutboxItem] = []
    gate = threading.Barrier(4)

    def work() -> None:
        database = Database(pair.database_url)
        gate.wait()
        for _ in range(3):
            held.extend(_claim(database, limit=1))
        database.dispose()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(item.document_id for item in held) == sorted(ids)


def test_what_a_killed_worker_held_comes_again(pair: Pair, ids: list[str]) -> None:
    """A worker that died with an item in its hands must not take the paper out of the search for ever."""
    _tell(pair.database, ids[0])
    with pair.database.transaction() as session:
        claim(session, TOPIC, lease_s=0.0)
    again = _claim(pair.database)
    assert [(item.document_id, item.attempts) for item in again] == [(ids[0], 2)]


def test_what_cannot_be_told_waits_longer_each_time_and_is_dead_in_the_end(pair: Pair, ids: list[str]) -> None:
    """A portal that is away for a night must be told in the morning; one that is gone must not be called for ever."""
    _tell(pair.database, ids[0])
    pauses = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with pair.database.transaction() as session:
            session.execute(update(OutboxTable).values(not_before=datetime.now(UTC) - timedelta(seconds=1)))
        [item] = _claim(pair.database)
        assert item.attempts == attempt
        with pair.database.transaction() as session:
            mark_failed(session, item, "connection refused")
            row = session.scalars(select(OutboxTable).where(OutboxTable.id == item.id)).one()
            pauses.append(round((row.not_before - datetime.now(UTC)).total_seconds()))
            state, error = row.state, row.error
    assert pauses == sorted(pauses)
    assert 12 < sum(pauses) / 3600 < 48
    assert (state, error) == ("dead", "connection refused")
    with pair.database.reading() as session:
        assert pending(session, TOPIC) == 0


def test_what_is_dead_is_seen_and_told_again(pair: Pair, ids: list[str]) -> None:
    """An operator who mended the line must be able to send what was given up, and only that."""
    _tell(pair.database, *ids)
    items = _claim(pair.database)
    with pair.database.transaction() as session:
        for item in items[:2]:
            mark_failed(session, replace(item, attempts=MOST_ATTEMPTS), "no route to host")
        mark_done(session, items[2:])
    with pair.database.transaction() as session:
        letters = dead_letters(session)
        assert [(one.to, one.document_id, one.error) for one in letters] == [
            (TOPIC, item.document_id, "no route to host") for item in items[:2]
        ]
        assert tell_again(session, to="another", document_id=None, agent="test") == 0
        assert tell_again(session, to=None, document_id=items[0].document_id, agent="test") == 1
        assert tell_again(session, to=TOPIC, document_id=None, agent="test") == 1
        assert dead_letters(session) == []
    assert [item.document_id for item in _claim(pair.database)] == [item.document_id for item in items[:2]]
