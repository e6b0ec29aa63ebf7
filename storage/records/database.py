"""The records' database: SQLite beside the data, or PostgreSQL."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from storage.errors import RecordsOutdated, RecordsUnreachable, StorageError, StoreFull

if TYPE_CHECKING:
    import psycopg  # SQLite needs no driver of PostgreSQL at start

BUSY_SECONDS = 60.0  # SQLite waits so long for another writer
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
MIGRATION_LOCK = 7_364_118  # PostgreSQL's advisory lock while tables change


class Database:
    """A database by its address. Pickles as its address; connections are made when first needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None

    def __reduce__(self) -> tuple[type[Database], tuple[str]]:
        return Database, (self._url,)

    @property
    def engine(self) -> Engine:
        """The connections of this process."""
        if self._engine is None:
            self._engine = _engine(self._url)
        return self._engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All of it or nothing. Writers of SQLite wait for each other at the door, not half way.

        Raises RecordsUnreachable where the database does not answer, StoreFull where its disk is full.
        """
        with _told(self._url), Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look at the records as they are at one moment, which waits for no writer. Raises RecordsUnreachable."""
        with _told(self._url), Session(self._looking()) as session, session.begin():
            yield session

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """As `reading`, for statements of columns, at half the cost: what every request asks. Raises as that does."""
        with _told(self._url), self._looking().connect() as connection, connection.begin():
            yield connection

    def _looking(self) -> Engine:
        looking = self.engine.execution_options(reading=True)
        if looking.dialect.name == "postgresql":
            looking = looking.execution_options(isolation_level="REPEATABLE READ")
        return looking

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to a revision; one process at a time. Raises RecordsOutdated, RecordsUnreachable."""
        config = _config()
        newest = ScriptDirectory.from_config(config).get_current_head()
        with _told(self._url):
            current = self.revision()
            if revision == "head" and current == newest:
                return
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if current is not None and current not in known:
                raise RecordsOutdated(
                    f"the records are of revision {current}, newer than this program; update the program"
                )
            with self._alone() as connection:
                config.attributes["connection"] = connection
                if revision == "head":
                    command.upgrade(config, "head")
                else:
                    command.downgrade(config, revision)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """A connection while nobody else changes tables."""
        path = make_url(self._url).database
        if self.engine.dialect.name == "sqlite" and path:
            with Path(f"{path}.migrating").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                with self.engine.connect() as connection:
                    yield connection
                    connection.commit()
            return
        with self.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
            connection.commit()
            try:
                yield connection
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
                connection.commit()

    def revision(self) -> str | None:
        """Which revision the tables are of, None for an empty database."""
        with _told(self._url), self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def check(self) -> None:
        """Raise RecordsUnreachable or RecordsOutdated where a batch could not work with it."""
        newest = ScriptDirectory.from_config(_config()).get_current_head()
        current = self.revision()
        if current != newest:
            raise RecordsOutdated(
                f"the records are of revision {current}, the program wants {newest}; run any command"
            )
        with self.transaction() as session:
            session.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close this process's connections."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise RecordsUnreachable(
            "database.url cannot be understood; postgresql+psycopg://user:password@host/database, or empty for SQLite"
        ) from error
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, hide_parameters=True
        )
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 5})
    event.listen(engine, "connect", _postgresql_connect)
    return engine


def _postgresql_connect(connection: psycopg.Connection[Any], _: Any) -> None:  # noqa: ANN401  (SQLAlchemy's record)
    """Plan each statement by the table's size now: a plan kept from when it was empty reads all of it for ever."""
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _sqlite_connect(connection: sqlite3.Connection, _: Any) -> None:  # noqa: ANN401  (SQLAlchemy's record)
    connection.isolation_level = None  # transactions are begun by us, and not when the driver thinks fit
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def _told(url: str) -> Iterator[None]:
    """The driver's errors in the store's words; the address without its password."""
    try:
        yield
    except StorageError:
        raise
    except IntegrityError:
        raise
    except (OperationalError, InterfaceError, DBAPIError) as error:
        where = make_url(url).render_as_string(hide_password=True)
        said = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
        if "disk is full" in said or "No space left" in said:
            raise StoreFull(f"{where}: its disk is full") from error
        if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
            raise RecordsUnreachable(f"{where}: {said}; start the database, or mend database.url") from error
        raise
