"""Backup and restore: an office that burnt down has everything back, and can prove that it is the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, inspect, select

from storage.backup import back_up, generations, restore
from storage.chain import verify
from storage.errors import BackupDamaged, NotEmpty, RecordsOutdated
from storage.events import record_event
from storage.objects import ObjectStore, open_store
from storage.publication import publish_scan
from storage.records import Database, DossierRow, get_document, import_dossiers
from storage.records.models import Base
from tests.conftest import EMBEDDED, Pair, fresh_database
from tests.storage.papers import a_batch, a_document, a_scan, put_original


@pytest.fixture
def filled(pair: Pair, tmp_path: Path) -> Pair:
    """A pair with two published documents and a dossier."""
    with pair.database.transaction() as session:
        import_dossiers(session, [DossierRow(code="H21.14-240315-0012", owner_name="Trần Thị Hoà")])
    batch = a_batch(pair.database)
    for name in "ab":
        put_original(pair.store, tmp_path, name.encode())
        scan = a_scan(pair.database, batch, name.encode(), source=f"in/{name}.pdf")
        publish_scan(pair.database, pair.store, scan.id, [a_document(tmp_path / "made", batch, name=name)])
    return pair


@pytest.fixture
def empty(pair: Pair, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Database, ObjectStore]]:
    """An empty place of the other kind of database, so that a backup is shown to be bound to neither."""
    store = open_store(f"folder://{tmp_path / 'elsewhere'}")
    if pair.name == EMBEDDED:
        server = request.getfixturevalue("postgresql")
        with fresh_database(server) as name:
            database = Database(server.url(name))
            yield database, store
            database.dispose()
        return
    database = Database(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    database.migrate()
    yield database, store
    database.dispose()


def rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Everything on record."""
    with database.reading() as session:
        return {table.name: _rows(session.execute(_wanted(table)).all()) for table in Base.metadata.sorted_tables}


def _wanted(table: Table) -> Any:
    return select(table).order_by(*table.primary_key.columns)


def _rows(found: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in found]


def test_what_is_restored_is_what_was_backed_up(
    filled: Pair, empty: tuple[Database, ObjectStore], tmp_path: Path
) -> None:
    """Row by row and byte by byte, in the other kind of database too."""
    before = rows(filled.database)
    generation, copied = back_up(filled.database, filled.store, tmp_path / "backup")
    assert copied.faults == ()
    database, store = empty
    report = restore(tmp_path / "backup", database, store)
    assert report.whole
    assert (report.generation, report.chain.events) == (generation, len(before["events"]))
    after = rows(database)
    assert after.pop("events")[:-1] == before.pop("events")
    assert after == before
    assert {one.key: store.sha256(one.key) for one in store.list()} == {
        one.key: filled.store.sha256(one.key) for one in filled.store.list()
    }


def test_work_goes_on_in_a_restored_place(filled: Pair, empty: tuple[Database, ObjectStore], tmp_path: Path) -> None:
    """The next batch must not stumble over counters that begin again at one."""
    back_up(filled.database, filled.store, tmp_path / "backup")
    database, store = empty
    restore(tmp_path / "backup", database, store)
    batch = a_batch(database, "new")
    document = a_document(tmp_path / "made", batch, name="new")
    scan = a_scan(database, batch, b"new", source="in/new.pdf")
    assert publish_scan(database, store, scan.id, [document])
    with database.reading() as session:
        assert get_document(session, document.id).id == document.id
        assert verify(session, store).holds


def test_a_second_backup_copies_what_is_new_and_keeps_the_first(
    filled: Pair, empty: tuple[Database, ObjectStore], tmp_path: Path
) -> None:
    """A nightly backup of 10 TB must not copy 10 TB, and yesterday's state must stay within reach."""
    first, copied = back_up(filled.database, filled.store, tmp_path / "backup")
    assert copied.copied == 7  # two originals, four files, an anchor
    second, again = back_up(filled.database, filled.store, tmp_path / "backup")
    assert (again.copied, again.there) == (1, 7)  # the anchor of the events since
    assert [one.name for one in generations(tmp_path / "backup")] == [first.name, second.name]
    database, store = empty
    report = restore(tmp_path / "backup", database, store, generation=first.name)
    assert report.generation == first


def test_a_place_that_holds_something_is_not_overwritten(filled: Pair, tmp_path: Path) -> None:
    """A restore typed on the wrong machine must not cost the day's work."""
    back_up(filled.database, filled.store, tmp_path / "backup")
    before = rows(filled.database)
    with pytest.raises(NotEmpty):
        restore(tmp_path / "backup", filled.database, filled.store)
    assert rows(filled.database) == before


def test_a_generation_that_was_killed_while_it_was_written_is_none(
    filled: Pair, empty: tuple[Database, ObjectStore], tmp_path: Path
) -> None:
    """Half a backup must not be restored as if it were one."""
    first, _ = back_up(filled.database, filled.store, tmp_path / "backup")
    second, _ = back_up(filled.database, filled.store, tmp_path / "backup")
    (tmp_path / "backup" / "records" / second.name / "manifest.json").unlink()
    assert [one.name for one in generations(tmp_path / "backup")] == [first.name]
    with pytest.raises(BackupDamaged):
        restore(tmp_path / "none", *empty)


def test_a_damaged_backup_is_refused_or_told(
    filled: Pair, empty: tuple[Database, ObjectStore], tmp_path: Path
) -> None:
    """Rot in the backup must be known before the old installation is thrown away."""
    database, store = empty
    generation, _ = back_up(filled.database, filled.store, tmp_path / "backup")
    place = tmp_path / "backup" / "records" / generation.name
    table = place / "documents.jsonl.gz"
    good = table.read_bytes()
    table.write_bytes(good[:-3] + b"\0\0\0")
    with pytest.raises(BackupDamaged):
        restore(tmp_path / "backup", database, store)
    table.write_bytes(good)
    rotten = next(file for file in (tmp_path / "backup" / "objects" / "originals").rglob("*") if _is_object(file))
    rotten.write_bytes(b"x")
    report = restore(tmp_path / "backup", database, store)
    assert not report.whole
    assert [key.rsplit("/", 1)[1] for key in report.missing] == [rotten.name]


def _is_object(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".")


def test_an_event_forged_before_the_backup_shows_after_the_restore(
    filled: Pair, empty: tuple[Database, ObjectStore], tmp_path: Path
) -> None:
    """A restore must not launder a forgery."""
    from tests.storage.test_chain import forge

    with filled.database.transaction() as session:
        record_event(session, type="viewed", object_kind="document", object_id="a", agent="test")
    forge(filled.database, "UPDATE events SET agent = 'nobody' WHERE object_id = 'a'")
    back_up(filled.database, filled.store, tmp_path / "backup")
    report = restore(tmp_path / "backup", *empty)
    assert not report.whole
    assert report.chain.faults


def test_a_backup_of_another_revision_is_refused(
    filled: Pair, empty: tuple[Database, ObjectStore], tmp_path: Path
) -> None:
    """Rows of other tables than these would be lost or bent."""
    generation, _ = back_up(filled.database, filled.store, tmp_path / "backup")
    manifest = tmp_path / "backup" / "records" / generation.name / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"revision": "9999"}))
    with pytest.raises(RecordsOutdated):
        restore(tmp_path / "backup", *empty)


def test_a_backup_knows_every_table_by_itself(database: Database) -> None:
    """In a process that did nothing else, a table that nobody imported would be left out: all accounts, once."""
    script = "import storage.backup; from storage.records.models import Base; print(*Base.metadata.tables)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert set(inspect(database.engine).get_table_names()) - {"alembic_version"} == set(said.split())
