"""Servers and fresh stores and databases, for the tests of every room.

A test that takes `pair` runs twice: on a folder with SQLite, and on MinIO with PostgreSQL. Each test has a bucket and
a database of its own; the databases are copies of one that was migrated once, which takes some 30 ms.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from minio import Minio

from storage.objects import ObjectStore, open_store
from storage.records import Database
from tests.explaining import explained
from tests.services import PostgresServer, S3Server, postgresql_server, s3_server

EMBEDDED = "folder+sqlite"
SERVERS = "minio+postgres"
CURRENT = "template_sohoa"  # a database in today's form, which others are copies of


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A fresh object store and a fresh, migrated database."""

    name: str  #: EMBEDDED or SERVERS
    store_url: str
    access_key: str
    secret_key: str
    database_url: str
    store: ObjectStore
    database: Database

    def environment(self, data_dir: Path) -> dict[str, str]:
        """What the command line needs in its environment to work with this pair."""
        return {
            "SOHOA_DATA_DIR": str(data_dir),
            "SOHOA_STORE__URL": self.store_url,
            "SOHOA_STORE__ACCESS_KEY": self.access_key,
            "SOHOA_STORE__SECRET_KEY": self.secret_key,
            "SOHOA_DATABASE__URL": self.database_url,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAddress:
    """Where a store lies and how it is entered."""

    url: str
    access_key: str = ""
    secret_key: str = ""

    def open(self) -> ObjectStore:
        """A new client of it."""
        return open_store(self.url, access_key=self.access_key, secret_key=self.secret_key)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 endpoint: MinIO of this test process, or the one that `SOHOA_TEST_S3` names."""
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """A PostgreSQL cluster of this test process, with a migrated database named `template_sohoa`."""
    with postgresql_server() as server:
        ask(server, "CREATE DATABASE template_sohoa")
        database = Database(server.url("template_sohoa"))
        database.migrate()
        database.dispose()
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy."""
    file = tmp_path_factory.mktemp("template") / "records.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.dispose()
    return file


@pytest.fixture
def store_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreAddress]:
    """A fresh store's address; both kinds."""
    with _fresh_store(request.param, request, tmp_path) as address:
        yield address


@pytest.fixture
def store(store_address: StoreAddress) -> ObjectStore:
    """A fresh store; both kinds."""
    return store_address.open()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database's address; both kinds."""
    with _fresh_database(request.param, request, tmp_path) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database; both kinds."""
    with _opened(database_url) as opened:
        yield opened


@pytest.fixture(params=[EMBEDDED, SERVERS])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """A fresh store and a fresh, migrated database; both pairs."""
    store_kind, database_kind = str(request.param).split("+")
    with (
        _fresh_store(store_kind, request, tmp_path) as address,
        _fresh_database(database_kind, request, tmp_path) as url,
        _opened(url) as database,
    ):
        yield Pair(
            name=request.param,
            store_url=address.url,
            access_key=address.access_key,
            secret_key=address.secret_key,
            database_url=url,
            store=address.open(),
            database=database,
        )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever asks for a store or a database on both kinds, without each test saying so."""
    if "store_address" in metafunc.fixturenames:
        metafunc.parametrize("store_address", ["folder", "minio"], indirect=True)
    if "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


@contextmanager
def _fresh_store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreAddress]:
    if kind == "folder":
        yield StoreAddress(url=f"folder://{tmp_path / 'objects'}")
        return
    server: S3Server = request.getfixturevalue("s3")
    with fresh_bucket(server) as address:
        yield address


@contextmanager
def fresh_bucket(server: S3Server, *, object_lock: bool = False) -> Iterator[StoreAddress]:
    """A bucket's name that nobody used; made by the store itself unless it needs a lock; emptied afterwards."""
    client = Minio(server.endpoint, server.access_key, server.secret_key, secure=server.secure)
    bucket = f"sohoa-{uuid.uuid4().hex[:16]}"
    if object_lock:
        client.make_bucket(bucket, object_lock=True)
    yield StoreAddress(
        url=f"s3+http{'s' if server.secure else ''}://{server.endpoint}/{bucket}",
        access_key=server.access_key,
        secret_key=server.secret_key,
    )
    if server.ours or not client.bucket_exists(bucket):
        return  # its whole folder goes at the end
    for item in client.list_objects(bucket, recursive=True, include_version=True):
        client.remove_object(bucket, str(item.object_name), version_id=item.version_id)
    client.remove_bucket(bucket)


@contextmanager
def _fresh_database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if kind == "sqlite":
        file = tmp_path / "records.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgresql")
    with fresh_database(server) as name:
        yield server.url(name)


@contextmanager
def fresh_database(
    server: PostgresServer, *, template: str = CURRENT, tablespace: str = "pg_default"
) -> Iterator[str]:
    """Name of a database that is dropped afterwards."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    ask(server, f"CREATE DATABASE {name} TEMPLATE {template} TABLESPACE {tablespace}")
    try:
        if template == CURRENT:
            with explained(f"host={server.folder} user={server.user}", name):
                yield name
        else:
            yield name
    finally:
        server.start()
        ask(server, f"DROP DATABASE {name} WITH (FORCE)")


def ask(server: PostgresServer, statement: str) -> None:
    """Have a statement of administration carried out."""
    with psycopg.connect(f"host={server.folder} user={server.user} dbname=postgres", autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()
