"""Records: what must never be is forbidden by the database, on both of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from storage.errors import RecordsOutdated, RecordsUnreachable, UnknownBatch, UnknownDocument
from storage.events import events_of, record_event
from storage.publication import publish_scan
from storage.records import (
    Database,
    DossierRow,
    ProcedureRow,
    ScanState,
    add_link,
    counts,
    documents_of_batch,
    documents_of_dossier,
    fail_scan,
    find_dossier,
    find_procedure,
    finish_batch,
    get_document,
    import_dossiers,
    import_procedures,
    iter_documents,
    note_refused,
    page_texts,
    pages_of,
    save_page,
    start_batch,
)
from storage.records.models import Base, BatchTable, EventTable, PageTable, ScanTable
from tests.conftest import Pair
from tests.storage.papers import TEXT, a_batch, a_document, a_scan


def test_migrations_make_exactly_the_tables_of_the_models(database: Database) -> None:
    """A column that only the models know fails at a province's first batch after an update."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again_with_rows_in_place(database: Database) -> None:
    """An update that has to be taken back must not leave tables that the next one stumbles over."""
    a_scan(database, a_batch(database))
    database.migrate("0001")
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM scans")).scalar_one() == 1
    database.migrate()
    with database.transaction() as session:
        assert counts(session)["scans"] == 1
    database.migrate("base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.migrate()
    database.check()


def test_tables_of_a_newer_program_are_left_alone(database: Database) -> None:
    """An old program on a new database would write rows that the new one cannot understand."""
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordsOutdated):
        database.migrate()
    with pytest.raises(RecordsOutdated):
        database.check()


def test_two_programs_that_start_at_once_make_the_tables_once(database: Database, database_url: str) -> None:
    """Two watchers started by one boot must not both create the tables."""
    database.migrate("base")
    others = [Database(database_url) for _ in range(3)]
    errors = _together([other.migrate for other in others])
    for other in others:
        other.dispose()
    assert errors == []
    database.check()


def _together(works: list[Callable[[], object]]) -> list[BaseException]:
    """Do everything at the same time; what was raised."""
    errors: list[BaseException] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:  # noqa: BLE001  (told to the test)
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_a_transaction_is_whole_or_not_at_all(database: Database) -> None:
    """Half a document on record is a document that a clerk searches for and cannot open."""

    def stumble(session: Session) -> None:
        start_batch(session, "key", operator="", inputs=[], settings_json="{}")
        session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError), database.transaction() as session:
        stumble(session)
    with database.transaction() as session:
        assert counts(session)["batches"] == 0


def test_writers_wait_for_each_other_and_no_update_is_lost(database: Database) -> None:
    """Ten workers that count pages at once must count all of them."""
    batch = a_batch(database)

    def add_one() -> None:
        with database.transaction() as session:
            row = session.scalars(select(BatchTable).where(BatchTable.id == batch).with_for_update()).one()
            row.pages += 1

    assert _together([add_one] * 10) == []
    with database.reading() as session:
        assert session.get_one(BatchTable, batch).pages == 10


def test_a_reader_sees_one_moment_and_waits_for_no_writer(database: Database) -> None:
    """A report that takes a minute must not stop a batch, nor mix two states."""
    a_batch(database, "one")
    with database.reading() as session:
        assert counts(session)["batches"] == 1
        a_batch(database, "two")
        assert counts(session)["batches"] == 1
    with database.reading() as session:
        assert counts(session)["batches"] == 2


HASH = "ab" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _scan_row(batch: str, **changed: object) -> dict[str, object]:
    row = {"sha256": HASH, "state": "stored", "kind": "pdf", "size": 1, "page_count": 1, "object_key": "o/1"}
    return row | {"first_source": "a", "first_batch": batch, "registered_at": NOW} | changed


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "lost"},
        {"page_count": -1},
        {"page_count": 0, "state": "published"},
        {"first_batch": "none"},
        {"published_in": "none"},
    ],
    ids=["unknown state", "negative pages", "published without pages", "no such batch", "published in no batch"],
)
def test_a_scan_that_cannot_be_is_refused_by_the_database(database: Database, changed: dict[str, object]) -> None:
    """A slip in code must end in an error, and not in the records."""
    batch = a_batch(database)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(insert(ScanTable), [_scan_row(batch, **changed)])


def test_the_same_bytes_are_one_scan(database: Database) -> None:
    """A paper scanned once and sent twice must not be found twice."""
    batch = a_batch(database)
    first = a_scan(database, batch, source="in/a.pdf")
    again = a_scan(database, batch, source="in/copy of a.pdf")
    assert first.id == again.id
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(insert(ScanTable), [_scan_row(batch, sha256=first.sha256)])


def test_a_page_is_failed_with_an_error_or_read_without(database: Database) -> None:
    """A page that failed for no reason cannot be scanned again for a reason."""
    scan = a_scan(database, a_batch(database))
    with database.transaction() as session:
        save_page(session, scan.id, 1, state="read", error=None, result_sha256=HASH)
        save_page(session, scan.id, 2, state="failed", error="torn", result_sha256=None)
        save_page(session, scan.id, 2, state="read", error=None, result_sha256=HASH)
    with database.transaction() as session:
        assert pages_of(session, scan.id) == [(1, "read", None), (2, "read", None)]
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(insert(PageTable), [{"scan_id": scan.id, "number": 3, "state": "failed"}])


def test_the_same_command_goes_on_with_its_batch_and_starts_a_new_one_after_its_end(database: Database) -> None:
    """After a kill the operator types the same line again: no second batch may come of it."""
    with database.transaction() as session:
        first = start_batch(session, "key", operator="o", inputs=["in"], settings_json="{}")
    with database.transaction() as session:
        again = start_batch(session, "key", operator="o", inputs=["in"], settings_json="{}")
        finish_batch(session, again.id, pages=3, documents=1, failed=0)
    with database.transaction() as session:
        third = start_batch(session, "key", operator="o", inputs=["in"], settings_json="{}")
    assert (first.id, again.resumed, third.resumed) == (again.id, True, False)
    assert third.id != first.id
    with pytest.raises(UnknownBatch), database.transaction() as session:
        finish_batch(session, "none", pages=0, documents=0, failed=0)


def test_the_same_batch_started_twice_at_once_is_one_batch(database: Database) -> None:
    """Two clerks who press the same button must not have every paper twice."""

    def start() -> None:
        with database.transaction() as session:
            start_batch(session, "key", operator="", inputs=[], settings_json="{}")

    errors = _together([start] * 4)
    assert all(isinstance(error, IntegrityError) for error in errors)
    with database.reading() as session:
        assert counts(session)["batches"] == 1


def test_a_failed_scan_is_tried_again_and_a_published_one_is_known(pair: Pair, tmp_path: Path) -> None:
    """A scan that failed for want of memory must not be lost to the next run."""
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch)
    with pair.database.transaction() as session:
        fail_scan(session, scan.id, error="no memory")
        note_refused(session, batch, source="in/b.pdf", error="zero bytes")
        note_refused(session, batch, source="in/b.pdf", error="zero bytes")
    assert a_scan(pair.database, batch).state is ScanState.STORED
    publish_scan(pair.database, pair.store, scan.id, [a_document(tmp_path, batch)])
    other = a_batch(pair.database, "other")
    known = a_scan(pair.database, other, source="in/again.pdf")
    assert (known.state, known.known) == (ScanState.PUBLISHED, True)
    with pair.database.transaction() as session:
        assert [one.id for one in documents_of_batch(session, other)] == [a_document(tmp_path, batch).id]
        refusals = session.scalars(select(EventTable).where(EventTable.type == "refused")).all()
    assert len(refusals) == 1


def test_a_document_comes_back_as_it_was_published(pair: Pair, tmp_path: Path) -> None:
    """The review screen shows boxes and evidence: a digit lost on the way puts the mark elsewhere."""
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch)
    document = a_document(tmp_path, batch)
    publish_scan(pair.database, pair.store, scan.id, [document])
    with pair.database.reading() as session:
        record = get_document(session, document.id[:12])
        assert page_texts(session, document.id) == [(1, TEXT), (2, "Nơi nhận: Lưu VT")]
        assert [one.id for one in documents_of_dossier(session, "H21.14-240315-0012")] == [document.id]
        assert [one.id for one in iter_documents(session)] == [document.id]
    assert (record.title, record.issued_on, record.pages) == ("Quyết định 12/QĐ-UBND", date(2024, 3, 15), (1, 2))
    assert record.published_at - datetime.now(UTC) < timedelta(minutes=1)
    number = next(field for field in record.fields if field.name == "number")
    assert (number.value, number.box, number.confidence) == ("12/QĐ-UBND", (72.0, 90.0, 180.0, 104.0), 0.97)
    assert {part.name: part.sha256 for part in record.parts} == {part.name: part.sha256 for part in document.parts}
    assert record.scan_sha256 == scan.sha256


def test_an_id_that_names_no_document_or_two_is_told(database: Database) -> None:
    """A clerk who mistypes an id must not be shown another citizen's paper."""
    with database.reading() as session:
        for wrong in ("", "%", "_", "ab"):
            with pytest.raises(UnknownDocument):
                get_document(session, wrong)


def test_a_document_can_be_bound_to_a_second_dossier(pair: Pair, tmp_path: Path) -> None:
    """The same certificate goes into two dossiers; the second must not push the first out."""
    batch = a_batch(pair.database)
    document = a_document(tmp_path, batch)
    publish_scan(pair.database, pair.store, a_scan(pair.database, batch).id, [document])
    with pair.database.transaction() as session:
        for _ in range(2):
            add_link(session, document.id, "H21-2", method="told", confidence=1.0, status="accepted")
    with pair.database.reading() as session:
        codes = [link.dossier_code for link in get_document(session, document.id).links]
        events = [event for event in events_of(session, "document", document.id) if event[1] == "linked"]
    assert codes == ["H21-2", "H21.14-240315-0012"]
    assert len(events) == 2


def test_dossiers_are_inserted_changed_or_left_as_they_were(database: Database) -> None:
    """The nightly export brings all of them again: only what changed may be written."""
    rows = [DossierRow(code=f"H21-{n}", procedure_code="1.1", owner_name="Trần Thị Hoà") for n in range(1200)]
    with database.transaction() as session:
        import_procedures(session, [ProcedureRow(code="1.1", name="Cấp phép")])
        assert import_dossiers(session, rows).inserted == 1200
        changed = [*rows[:-1], DossierRow(code="H21-1199", procedure_code="9.9")]
        done = import_dossiers(session, changed)
        assert (done.inserted, done.updated, done.unchanged) == (0, 1, 1199)
        found = find_dossier(session, "H21-1199")
        assert found is not None
        assert (found.procedure_code, found.owner_name) == ("9.9", None)
        assert find_procedure(session, "9.9") == ProcedureRow(code="9.9")
        assert find_procedure(session, "1.1") == ProcedureRow(code="1.1", name="Cấp phép")
        assert find_dossier(session, "none") is None


def test_times_come_back_in_utc(database: Database) -> None:
    """SQLite forgets the zone: a batch of 7 o'clock must not move to midnight."""
    with database.transaction() as session:
        record_event(session, type="viewed", object_kind="document", object_id="a", agent="test")
    with database.reading() as session:
        (at, type_, agent, outcome) = events_of(session, "document", "a")[0]
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert (type_, agent, outcome) == ("viewed", "test", "success")


@pytest.mark.parametrize("attack", ["UPDATE events SET outcome = 'success'", "DELETE FROM events"])
def test_an_event_can_be_neither_changed_nor_taken_away(database: Database, attack: str) -> None:
    """Who looked at a paper without right must not be able to wipe the trace through the program's own account."""
    with database.transaction() as session:
        record_event(session, type="viewed", object_kind="document", object_id="a", agent="test", outcome="failure")
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text(attack))
    with database.reading() as session:
        assert [event[3] for event in events_of(session, "document", "a")] == ["failure"]


def test_events_cannot_be_changed_through_the_models_either(database: Database) -> None:
    """The same, for a slip in our own code."""
    with database.transaction() as session:
        record_event(session, type="viewed", object_kind="document", object_id="a", agent="test")

    def change(session: Session) -> None:
        session.execute(update(EventTable).values(agent="nobody"))

    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        change(session)


def test_an_address_that_cannot_be_understood_is_told_with_its_setting() -> None:
    """An operator reads which setting is wrong, and not a traceback; the password stays out of it."""
    with pytest.raises(RecordsUnreachable, match=r"database\.url"):
        Database("not an address").check()


def test_a_database_that_is_not_there_is_unreachable_and_its_password_is_not_told(tmp_path: Path) -> None:
    """The message goes to a log that many read."""
    url = f"postgresql+psycopg://sohoa:secret-word@/records?host={tmp_path}"
    with pytest.raises(RecordsUnreachable) as raised:
        Database(url).check()
    assert "secret-word" not in str(raised.value)
    with pytest.raises(RecordsUnreachable):
        Database(f"sqlite:///{tmp_path}/no/such/folder/records.db").check()
