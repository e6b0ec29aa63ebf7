"""The chain of events: a forger with the database's own password leaves a trace."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from storage.chain import GENESIS, anchor, chained_events, head, verify
from storage.events import record_event
from storage.records import Database
from tests.conftest import Pair

OFF = {
    "sqlite": ["DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete"],
    "postgresql": ["ALTER TABLE events DISABLE TRIGGER ALL"],
}


def note(database: Database, *names: str) -> None:
    """An event for each name, in one transaction."""
    with database.transaction() as session:
        for name in names:
            record_event(session, type="viewed", object_kind="document", object_id=name, agent="test")


def forge(database: Database, *statements: str) -> None:
    """What a database administrator can do: no trigger is in the way."""
    with database.engine.begin() as connection:
        _forge(connection, statements)
    database.dispose()


def _forge(connection: Connection, statements: tuple[str, ...]) -> None:
    for statement in (*OFF[connection.dialect.name], *statements):
        connection.execute(text(statement))


def faults(pair: Pair) -> tuple[str, ...]:
    """What a look at the whole chain finds."""
    with pair.database.reading() as session:
        return verify(session, pair.store).faults


def test_events_hang_together_in_the_order_of_their_ids(pair: Pair) -> None:
    """Who asks what happened first must get one answer."""
    note(pair.database, "a", "b")
    note(pair.database, "c")
    with pair.database.reading() as session:
        rows = list(chained_events(session))
        assert [row.object_id for row in rows] == ["a", "b", "c"]
        assert [row.previous for row in rows] == [GENESIS, rows[0].sha256, rows[1].sha256]
        report = verify(session, pair.store)
        assert (report.holds, report.events, report.head) == (True, 3, head(session))


def test_a_database_without_events_holds(pair: Pair) -> None:
    """The first audit of a new installation must not raise an alarm."""
    with pair.database.reading() as session:
        report = verify(session, pair.store)
        assert (report.holds, report.events, report.head, anchor(session, pair.store)) == (True, 0, None, None)


def test_a_transaction_that_fails_leaves_no_gap(pair: Pair) -> None:
    """A batch that is taken back must not look like a forgery."""
    note(pair.database, "a")

    def stumble() -> None:
        with pair.database.transaction() as session:
            record_event(session, type="viewed", object_kind="document", object_id="lost", agent="test")
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stumble()
    note(pair.database, "b")
    with pair.database.reading() as session:
        assert [row.object_id for row in chained_events(session)] == ["a", "b"]
    assert faults(pair) == ()


def test_writers_at_the_same_time_make_one_chain(pair: Pair) -> None:
    """Eight workers record all day; a fork in the chain would be no proof of anything."""

    def work(name: str) -> None:
        database = Database(pair.database_url)
        for number in range(5):
            note(database, f"{name}{number}", f"{name}{number}+")
        database.dispose()

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults(pair) == ()
    with pair.database.reading() as session:
        assert verify(session).events == 40


def test_a_changed_event_shows(pair: Pair) -> None:
    """An administrator who turns `failure` into `success` is found out."""
    note(pair.database, "a", "b", "c")
    forge(pair.database, "UPDATE events SET agent = 'nobody' WHERE object_id = 'b'")
    [fault] = faults(pair)
    assert "event 2" in fault


def test_a_removed_event_shows(pair: Pair) -> None:
    """Who looked at the mayor's dossier cannot be wiped out."""
    note(pair.database, "a", "b", "c")
    forge(pair.database, "DELETE FROM events WHERE object_id = 'b'")
    [fault] = faults(pair)
    assert "event 3" in fault


def test_a_chain_that_was_cut_or_made_anew_shows_against_its_anchors(pair: Pair) -> None:
    """A forger who recomputes every hash, or takes the end away, meets what the store was told before."""
    note(pair.database, "a", "b", "c")
    with pair.database.reading() as session:
        assert anchor(session, pair.store) == head(session)
        anchor(session, pair.store)
    forge(pair.database, "DELETE FROM events WHERE object_id = 'c'")
    [fault] = faults(pair)
    assert "gone" in fault
    note(pair.database, "another")
    assert any("gone" in fault or "made anew" in fault for fault in faults(pair))


def test_events_that_were_there_before_the_chain_are_chained_by_the_migration(
    database: Database, tmp_path: Path
) -> None:
    """An installation that is updated keeps its history, and its history is safe from then on."""
    database.migrate("0002")
    with database.engine.begin() as connection:
        for name in "ab":
            connection.execute(
                text(
                    "INSERT INTO events (at, type, agent, object_kind, object_id, outcome, detail) VALUES"
                    " ('2026-01-01 07:00:00.120000+00:00', 'viewed', 'tét', 'document', :name, 'success', :detail)"
                ),
                {"name": name, "detail": '{"đ": 1}'},
            )
    database.migrate()
    note(database, "c")
    with database.reading() as session:
        report = verify(session)
    assert (report.holds, report.events) == (True, 3)
