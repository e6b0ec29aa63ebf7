"""Servers that die, stall and cut; disks that fill: nothing half, nothing lost, and a word that says what to do."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.errors import ObjectDiffers, RecordsUnreachable, StoreFull, StoreUnreachable
from storage.index import IndexedDocument, SearchIndex
from storage.objects import ObjectStore, open_store, s3
from storage.publication import publish_scan
from storage.records import Database, counts
from tests.conftest import ask, fresh_bucket, fresh_database
from tests.services import PostgresServer, S3Server, own_minio, small_disk
from tests.storage.papers import a_batch, a_document, a_scan
from tests.storage.proxy import Mood, Relay, relay_to

LOOKS_AGAIN_SECONDS = 60.0  # MinIO remembers for some seconds how full its disk was
KEY = "documents/ab/abcd/v1/paper.pdf"


@pytest.fixture
def relay(s3: S3Server) -> Iterator[Relay]:
    """A relay in front of the S3 endpoint."""
    with relay_to(s3.endpoint) as made:
        yield made


@pytest.fixture
def store(s3: S3Server, relay: Relay) -> Iterator[ObjectStore]:
    """A store behind the relay."""
    with fresh_bucket(s3) as address:
        url = address.url.replace(s3.endpoint, relay.endpoint)
        yield open_store(url, access_key=address.access_key, secret_key=address.secret_key)


def put(store: ObjectStore, folder: Path, data: bytes, key: str = KEY) -> str:
    """Put bytes; their hash."""
    file = folder / "file"
    file.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    store.put(key, file, sha256=sha256, content_type="application/pdf")
    return sha256


@pytest.mark.parametrize("mood", [Mood.BUSY, Mood.AWAY, Mood.CUTTING])
def test_a_store_that_misbehaves_is_unreachable_and_serves_again_afterwards(
    store: ObjectStore, relay: Relay, tmp_path: Path, mood: Mood
) -> None:
    """A night's batch must wait for a store that is restarted, and not end with a traceback."""
    data = os.urandom(300_000)
    sha256 = put(store, tmp_path, data)
    relay.mood = mood
    fresh = open_store_like(store)
    with pytest.raises(StoreUnreachable):
        fresh.fetch(KEY, tmp_path / "back")
    with pytest.raises(StoreUnreachable):
        fresh.sha256(KEY)
    if mood is not Mood.CUTTING:
        with pytest.raises(StoreUnreachable):
            put(fresh, tmp_path, b"two", "a/two")
        with pytest.raises(StoreUnreachable):
            list(fresh.list())
    relay.mood = Mood.WELL
    assert fresh.sha256(KEY) == sha256
    assert not (tmp_path / "back").exists()
    assert not list(tmp_path.glob(".coming*"))


def open_store_like(store: ObjectStore) -> ObjectStore:
    """The same store through new connections."""
    import pickle

    again: ObjectStore = pickle.loads(pickle.dumps(store))  # noqa: S301  (our own bytes)
    return again


@pytest.mark.parametrize("mood", [Mood.BUSY, Mood.AWAY])
def test_a_short_fault_is_not_even_noticed(store: ObjectStore, relay: Relay, tmp_path: Path, mood: Mood) -> None:
    """A single lost packet must not put a document off."""
    sha256 = put(store, tmp_path, b"one")
    fresh = open_store_like(store)
    relay.moods = [mood]
    assert fresh.sha256(KEY) == sha256


def test_a_slow_store_is_slow_and_nothing_else(store: ObjectStore, relay: Relay, tmp_path: Path) -> None:
    """A line of 800 kB/s to the province's data centre is no fault."""
    relay.mood = Mood.SLOW
    data = os.urandom(400_000)
    assert put(open_store_like(store), tmp_path, data) == hashlib.sha256(data).hexdigest()


def test_a_store_that_never_answers_is_given_up(
    store: ObjectStore, relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that hangs must not hang the batch with it."""
    put(store, tmp_path, b"one")
    monkeypatch.setattr(s3, "READ_SECONDS", 0.2)  # 20 in earnest
    relay.mood = Mood.SILENT
    with pytest.raises(StoreUnreachable):
        open_store_like(store).sha256(KEY)


def test_a_killed_store_is_unreachable_until_it_is_back_with_everything(tmp_path: Path, s3: S3Server) -> None:
    """A power cut of the store: what was put stays put, what was not is told."""
    with fresh_bucket(s3) as address, relay_to(s3.endpoint) as relay:
        ours = s3.ours
        url = address.url if ours else address.url.replace(s3.endpoint, relay.endpoint)
        store = open_store(url, access_key=address.access_key, secret_key=address.secret_key)
        sha256 = put(store, tmp_path, b"one")
        s3.kill()
        relay.mood = Mood.AWAY
        try:
            with pytest.raises(StoreUnreachable):
                put(store, tmp_path, b"two", "a/two")
            with pytest.raises(StoreUnreachable):
                store.check()
        finally:
            relay.mood = Mood.WELL
            s3.start()
        assert store.sha256(KEY) == sha256
        assert store.head("a/two") is None
        put(store, tmp_path, b"two", "a/two")


def test_wrong_keys_to_the_store_are_told_without_the_secret(s3: S3Server) -> None:
    """An operator who mistypes the secret must read what to mend, and not the secret in a log."""
    with fresh_bucket(s3) as address:
        store = open_store(address.url, access_key=address.access_key, secret_key="not-the-secret")
        with pytest.raises(StoreUnreachable) as raised:
            store.check()
    assert "not-the-secret" not in str(raised.value)


def test_a_restarted_postgresql_is_found_again(postgresql: PostgresServer) -> None:
    """The nightly restart of a database server must cost one transaction, and no paper."""
    with fresh_database(postgresql) as name:
        database = Database(postgresql.url(name))
        a_batch(database, "before")

        def caught_in_the_middle() -> None:
            with database.transaction() as session:
                session.execute(text("SELECT 1"))
                postgresql.kill()
                session.execute(text("SELECT 1"))

        with pytest.raises(RecordsUnreachable):
            caught_in_the_middle()
        with pytest.raises(RecordsUnreachable):
            a_batch(database, "while it is away")
        postgresql.start()
        a_batch(database, "after")
        with database.reading() as session:
            assert counts(session)["batches"] == 2
        database.dispose()


def test_a_full_disk_is_told_as_such_and_leaves_no_half_object(tmp_path: Path) -> None:
    """The operator must read `no room`, and after making room the same command must go on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, mib=1):
        store = open_store(f"folder://{disk}/objects")
        put(store, tmp_path, os.urandom(300_000))
        with pytest.raises(StoreFull):
            put(store, tmp_path, os.urandom(2_000_000), "a/large")
        assert store.head("a/large") is None
        assert [info.key for info in store.list()] == [KEY]
        assert not list(disk.rglob(".coming*"))


def test_a_full_disk_under_the_records_is_told_as_such(tmp_path: Path) -> None:
    """SQLite's own words would send the operator looking for a damaged database."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, mib=2):
        database = Database(f"sqlite:///{disk}/records.db")
        database.migrate()
        batch = a_batch(database)
        fill(disk / "ballast", but=0)
        store = open_store(f"folder://{tmp_path}/objects")

        def work_on() -> None:
            for number in range(100):
                scan = a_scan(database, batch, str(number).encode(), source=str(number))
                publish_scan(database, store, scan.id, [a_document(tmp_path / "made", batch, name=str(number))])

        with pytest.raises(StoreFull):
            work_on()
        (disk / "ballast").unlink()
        a_batch(database, "after")
        database.dispose()


def test_a_full_disk_under_minio_is_told_as_such_and_leaves_no_half_object(tmp_path: Path) -> None:
    """A store that answers 507 is full and not away: waiting for it helps nobody, making room does."""
    with own_minio(disk_mib=48) as server, fresh_bucket(server) as address:
        assert server.folder is not None
        store = open_store(address.url, access_key=address.access_key, secret_key=address.secret_key)
        sha256 = put(store, tmp_path, os.urandom(300_000))
        ballast = server.folder / "data" / "ballast"
        fill(ballast, but=200_000)
        with pytest.raises(StoreFull):
            put(store, tmp_path, os.urandom(2_000_000), "a/large")
        assert store.head("a/large") is None
        assert store.sha256(KEY) == sha256
        ballast.unlink()
        until = time.monotonic() + LOOKS_AGAIN_SECONDS
        while True:
            try:
                put(store, tmp_path, os.urandom(2_000_000), "a/large")
                break
            except StoreFull:
                assert time.monotonic() < until
                time.sleep(0.5)
        assert [info.key for info in store.list()] == ["a/large", KEY]


def test_a_full_disk_under_postgresql_is_told_as_such(postgresql: PostgresServer, tmp_path: Path) -> None:
    """The operator must read that its disk is full, and not that the database is away."""
    with (
        small_tablespace(postgresql, mib=64) as (folder, tablespace),
        fresh_database(postgresql, tablespace=tablespace) as name,
    ):
        database = Database(postgresql.url(name))
        batch = a_batch(database)
        store = open_store(f"folder://{tmp_path}/objects")
        ballast = folder / "ballast"
        fill(ballast, but=0)

        def work_on() -> None:
            for number in range(40):
                scan = a_scan(database, batch, str(number).encode(), source=str(number))
                publish_scan(database, store, scan.id, [a_document(tmp_path / "made", batch, name=str(number))])

        with pytest.raises(StoreFull):
            work_on()
        ballast.unlink()
        work_on()
        with database.reading() as session:
            assert counts(session)["documents"] == 40
        database.dispose()


def fill(ballast: Path, *, but: int) -> None:
    """Take all room on a disk but so many bytes."""
    disk = os.statvfs(ballast.parent)
    ballast.write_bytes(b"\0" * (disk.f_bavail * disk.f_bsize - but))


@contextmanager
def small_tablespace(server: PostgresServer, *, mib: int) -> Iterator[tuple[Path, str]]:
    """A disk that PostgreSQL can keep a database on, and the name of its tablespace."""
    folder, name = server.folder / "small", "small"
    folder.mkdir()
    shutil.chown(folder, server.user)
    with small_disk(folder, mib=mib, owner=server.user):
        ask(server, f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        try:
            yield folder, name
        finally:
            ask(server, f"DROP TABLESPACE {name}")
    folder.rmdir()


def test_a_full_disk_under_the_index_is_told_as_such(tmp_path: Path) -> None:
    """The index can be built again, so that its disk may fill: papers must not be lost for it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, mib=1):
        index = SearchIndex(disk / "index")
        index.add([_page("a", "một hai ba")])
        with pytest.raises(StoreFull):
            index.add([_page(f"b{number}", os.urandom(4000).hex()) for number in range(500)])
        assert index.search("một").total == 1


def _page(document_id: str, words: str) -> IndexedDocument:
    about = {"title": "t", "type": None, "number": None, "dossier_code": None, "procedure_code": None}
    return IndexedDocument(
        id=document_id, issued_on=None, source="s", status="published", pages=((1, words),), **about
    )


def flip_a_bit(file: Path) -> None:
    """Damage a file as an old disk does."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_a_flipped_bit_is_seen_and_never_handed_out_as_a_file(tmp_path: Path) -> None:
    """A page that rots on a disk must be told, and not shown to a judge."""
    store = open_store(f"folder://{tmp_path}/objects")
    sha256 = put(store, tmp_path, b"a paper of some bytes")
    flip_a_bit(tmp_path / "objects" / KEY)
    assert store.sha256(KEY) != sha256
    with pytest.raises(ObjectDiffers):
        store.fetch(KEY, tmp_path / "back")
    with pytest.raises(ObjectDiffers):
        put(store, tmp_path, b"a paper of some bytes")
    assert not (tmp_path / "back").exists()


def test_a_lost_description_leaves_the_object_to_be_seen(tmp_path: Path) -> None:
    """A description that was lost must not make the sweep think that the paper is gone."""
    store = open_store(f"folder://{tmp_path}/objects")
    put(store, tmp_path, b"one")
    (tmp_path / "objects" / KEY).with_name(".paper.pdf.meta").unlink()
    assert [info.key for info in store.list()] == [KEY]
    (tmp_path / "objects" / KEY).with_name(".paper.pdf.meta").write_bytes(b"\0\0")
    with pytest.raises(ObjectDiffers):
        store.head(KEY)
