"""Every question that is put to the records goes by an index: five million pages must not be read for one of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text

from storage.backup import generations
from storage.bulk import run_batches, run_items, runs
from storage.bulk_course import held_chunks, last_sign, last_step
from storage.chain import head, verify
from storage.corrections import versions_of
from storage.dead_letters import dead_letters, tell_again
from storage.disposal import decide, open_disposals, propose
from storage.events import events_of
from storage.figures import By, count_dossiers, gauges
from storage.fixity import bad_objects, check, enrol
from storage.heartbeats import heartbeats
from storage.index import SearchIndex
from storage.index.feed import feed, indexed_documents, rebuild
from storage.intakes import IntakeState, find_intakes, intakes_of, waiting_intakes, watch_counts
from storage.mending import neighbours
from storage.notices import claim_notices, find_notices, unsent_notices
from storage.objects import ObjectStore, open_store
from storage.outbox import INDEX, claim, mark_done, pending
from storage.overview import failures, latest_batches, pages_by_hour, weeks
from storage.overview import fixity as overview_of_fixity
from storage.publication import publish_scan
from storage.records import (
    Database,
    DossierRow,
    counts,
    documents_after,
    documents_of_batch,
    documents_of_dossier,
    documents_of_scan,
    dossiers_of_owner,
    find_dossier,
    find_procedure,
    finish_batch,
    get_document,
    import_dossiers,
    latest_batch,
    names_of_agencies,
    page_texts,
    pages_of,
    save_page,
    silent_batches,
)
from storage.records.sight import Sight
from storage.rereading import readings_of_scan
from storage.retention import RetentionClass, RetentionRules, classify, due, is_held, lift_hold, place_hold
from storage.review import Filter, count_waiting, fields_alike, kinds_of_papers, next_waiting, waiting
from storage.sampling import SampleState, batches_without_sample, samples
from storage.second_person import worked_on
from storage.sweep import compare
from storage.uploads import claim_upload, papers_of_batch, progress_of, refusals_of_batch, uploads_seen
from storage.webhooks import claim_deliveries, deliveries_of
from tests.conftest import fresh_database
from tests.explaining import plans_of_whole_tables
from tests.services import PostgresServer
from tests.storage.papers import a_batch, a_document, a_scan, put_original

RULES = RetentionRules(classes=(RetentionClass(code="N5", name="5 năm", years=5),), kinds={}, otherwise="N5")


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


def _ask_for_figures(database: Database) -> None:
    """What operators, leaders and notices ask; SQLite serves most of their own tests."""
    now = datetime.now(UTC)
    sight = Sight(agency="H21.14")
    with database.reading() as session:
        batch = latest_batches(session)[0].operator
        for by in ([By.AGENCY, By.PROCEDURE], [By.MONTH]):
            count_dossiers(session, sight, first=date(2024, 1, 1), last=date(2024, 12, 31), by=by)
        gauges(session)
        failures(session)
        pages_by_hour(session)
        weeks(session)
        overview_of_fixity(session)
        uploads_seen(session, sight, key_id="a", limit=10, before="b")
        papers_of_batch(session, batch)
        refusals_of_batch(session, batch)
        progress_of(session, batch)
        silent_batches(session, now)
        latest_batch(session, "a")
        deliveries_of(session, "a", state="dead")
        samples(session, state=SampleState.OPEN, agency="H21")
        batches_without_sample(session)
        watch_counts(session, since=now)
        intakes_of(session, "a")
        find_intakes(session, watch="a", state=IntakeState.FAILED, agency="H21", before=5)
        find_intakes(session)
        waiting_intakes(session)
        find_notices(session, state="dead")
        unsent_notices(session)
        dead_letters(session)
        heartbeats(session)
        readings_of_scan(session, "ab" * 32)
        versions_of(session, "a")
        worked_on(session, batch, agent="An", names=["An"])
        runs(session, open_only=True)
        run_items(session, "a")
        run_batches(session, "a")
        held_chunks(session)
        last_step(session, batch)
        last_sign(session, "a")
        documents_after(session, "a", limit=10, since=date(2024, 1, 1), type="QĐ")
        counts(session)
        names_of_agencies(session, ["H21"], date(2024, 1, 1))
        dossiers_of_owner(session, numbers=["012345678901"], name="tran thi hoa", near=date(2024, 1, 1))
    with database.transaction() as session:
        tell_again(session, to=None, document_id=None, agent="An")
        claim_notices(session)
        claim_deliveries(session, limit=1)
        claim_upload(session)


def test_no_question_reads_a_whole_table(postgresql: PostgresServer, tmp_path: Path) -> None:
    """A query that goes without an index takes a minute at a province's size, and the counter waits.

    `fresh_database` explains whatever is asked of it, here and in every other test (tests/explaining.py).
    """
    with fresh_database(postgresql) as name:
        database = Database(postgresql.url(name))
        store = open_store(f"folder://{tmp_path / 'objects'}")
        _ask_everything(database, store, tmp_path)
        _ask_for_figures(database)
        database.dispose()


def test_a_question_without_an_index_would_be_noticed(postgresql: PostgresServer) -> None:
    """A comparison that cannot fail proves nothing."""
    with fresh_database(postgresql) as name:
        where = f"host={postgresql.folder} user={postgresql.user} dbname={name}"
        asked = {
            "SELECT id FROM documents WHERE title = %s": ("x",),
            "SELECT id FROM documents WHERE id = %s": ("x",),
        }
        whole = plans_of_whole_tables(where, asked)
    assert [plan.splitlines()[0] for plan in whole] == ["SELECT id FROM documents WHERE title = %s"]


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
