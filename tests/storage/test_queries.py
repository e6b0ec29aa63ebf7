"""Every question that is put to the records goes by an index: five million pages must not be read for one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from storage.backup import generations
from storage.chain import head, verify
from storage.disposal import decide, open_disposals, propose
from storage.events import events_of
from storage.fixity import bad_objects, check, enrol
from storage.index import SearchIndex
from storage.index.feed import feed, indexed_documents, rebuild
from storage.mending import neighbours
from storage.objects import ObjectStore, open_store
from storage.outbox import INDEX, claim, mark_done, pending
from storage.publication import publish_scan
from storage.records import (
    Database,
    DossierRow,
    documents_of_batch,
    documents_of_dossier,
    documents_of_scan,
    find_dossier,
    find_procedure,
    finish_batch,
    get_document,
    import_dossiers,
    page_texts,
    pages_of,
    save_page,
)
from storage.records.sight import Sight
from storage.retention import RetentionClass, RetentionRules, classify, due, is_held, lift_hold, place_hold
from storage.review import Filter, count_waiting, fields_alike, kinds_of_papers, next_waiting, waiting
from storage.sweep import compare
from tests.conftest import fresh_database
from tests.services import PostgresServer
from tests.storage.papers import a_batch, a_document, a_scan, put_original

SMALL = ("disposals", "retention_classes", "alembic_version")  # a few hundred rows in a century
RULES = RetentionRules(classes=(RetentionClass(code="N5", name="5 năm", years=5),), kinds={}, otherwise="N5")


@pytest.fixture
def asked(postgresql: PostgresServer, tmp_path: Path) -> Iterator[tuple[Database, list[tuple[str, Any]]]]:
    """A PostgreSQL that has been asked everything, and the questions."""
    with fresh_database(postgresql) as name:
        database = Database(postgresql.url(name))
        questions: list[tuple[str, Any]] = []

        def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
            questions.append((statement, parameters[0] if many and isinstance(parameters, list) else parameters))

        event.listen(database.engine, "before_cursor_execute", note)
        _ask_everything(database, open_store(f"folder://{tmp_path / 'objects'}"), tmp_path)
        event.remove(database.engine, "before_cursor_execute", note)
        yield database, questions
        database.dispose()


def _ask_everything(database: Database, store: ObjectStore, folder: Path) -> None:
    batch = a_batch(database)
    put_original(store, folder, b"scan")
    scan = a_scan(database, batch)
    paper = a_document(folder / "made", batch)
    with database.transaction() as session:
        import_dossiers(session, [DossierRow(code="H21-1", procedure_code="1.1")])
        save_page(session, scan.id, 1, state="read", error=None, result_sha256="ab" * 32)
    publish_scan(database, store, scan.id, [paper])
    with database.transaction() as session:
        get_document(session, paper.id[:8])
        documents_of_batch(session, batch)
        documents_of_dossier(session, "H21-1")
        documents_of_scan(session, scan.id)
        page_texts(session, paper.id)
        pages_of(session, scan.id)
        find_dossier(session, "H21-1")
        find_procedure(session, "1.1")
        events_of(session, "document", paper.id)
        pending(session, INDEX)
        mark_done(session, claim(session, "document.ready"))
        finish_batch(session, batch, pages=1, documents=1, failed=0)
    feed(database, SearchIndex(folder / "index"))
    list(indexed_documents(database))
    rebuild(database, SearchIndex(folder / "index"))
    enrol(database, store)
    check(database, store, budget=1 << 30)
    compare(database, store)
    with database.transaction() as session:
        classify(session, RULES)
        place_hold(session, store, paper.id, reason="case", by="An")
        is_held(session, paper.id)
        lift_hold(session, store, paper.id, by="An")
        due(session, date(2090, 1, 1))
        bad_objects(session)
        made = propose(session, by="An", on=date(2090, 1, 1))
        assert made is not None
        decide(session, made.id, by="Bình", approve=False)
        open_disposals(session)
    _ask_for_review(database, paper.id)
    with database.reading() as session:
        head(session)
        verify(session)
    generations(folder)


def _ask_for_review(database: Database, paper: str) -> None:
    with database.reading() as session:
        for wanted in (Filter(), Filter(agency="H21.14"), Filter(reason="number"), Filter(dossier="H21-1")):
            waiting(session, Sight(agency="H21"), wanted, after=(datetime(2020, 1, 1, tzinfo=UTC), ""), limit=10)
        next_waiting(session, Sight(), Filter(), after=None, account_id="lan")
        count_waiting(session, Sight())
        fields_alike(session, Sight(), "number", agency=None, after=None, limit=10)
        kinds_of_papers(session)
        neighbours(session, get_document(session, paper))


def test_no_question_reads_a_whole_table(asked: tuple[Database, list[tuple[str, Any]]]) -> None:
    """A query that goes without an index takes a minute at a province's size, and the counter waits."""
    database, questions = asked
    unlike = {statement: parameters for statement, parameters in questions if _explains(statement)}
    assert len(unlike) > 40
    whole = [
        plan for statement, parameters in unlike.items() if (plan := reads_a_table(database, statement, parameters))
    ]
    assert not whole, "\n\n".join(whole)


def test_a_question_without_an_index_would_be_noticed(asked: tuple[Database, list[tuple[str, Any]]]) -> None:
    """A comparison that cannot fail proves nothing."""
    database, _ = asked
    assert reads_a_table(database, "SELECT id FROM documents WHERE title = 'x'", ())


def reads_a_table(database: Database, statement: str, parameters: Any) -> str | None:
    """The plan of a statement that reads a large table from end to end; None for one that goes by an index."""
    with database.engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))  # then only what has no index at all reads a table
        lines = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
    read = {line.split(" on ")[1].split()[0] for line in lines if "Seq Scan on" in line}
    return "\n".join([statement, *lines]) if read - set(SMALL) else None


def _explains(statement: str) -> bool:
    return statement.split(None, 1)[0] in ("SELECT", "UPDATE", "DELETE") and "pg_catalog" not in statement


def test_no_plan_is_kept_from_when_a_table_was_empty(postgresql: PostgresServer) -> None:
    """A first import of 100,000 dossiers took nine minutes by a plan that reads the whole table for each 500."""
    with fresh_database(postgresql) as name:
        database = Database(postgresql.url(name))
        database.migrate()
        with database.transaction() as session:
            for code in range(20):
                import_dossiers(session, [DossierRow(code=f"H90.1-240101-{code:04}", owner_name="Lê Văn An")])
            kept, made = session.execute(
                text(
                    "SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements"
                    " WHERE cardinality(parameter_types) > 0"
                )
            ).one()
        assert made > 0
        assert kept == 0
        database.dispose()
