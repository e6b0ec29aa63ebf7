"""The installation that the settings describe: store, records, index and working folder, opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.settings import Settings, StoreSettings
from storage.index import SearchIndex
from storage.objects import ObjectStore, open_store
from storage.records import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Everything that remembers."""

    settings: Settings
    data_dir: Path
    store: ObjectStore
    database: Database
    index: SearchIndex

    @property
    def work(self) -> Path:
        """Where scans lie while they are worked on."""
        return self.data_dir / "work"


def store_of(given: StoreSettings, url: str) -> ObjectStore:
    """The store at an address, entered with these keys. Raises WrongStore; nothing is connected yet."""
    return open_store(
        url,
        access_key=given.access_key,
        secret_key=given.secret_key.get_secret_value(),
        region=given.region or None,
        ca_file=given.ca_file,
    )


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """Open the installation; the embedded default is made where it does not exist yet.

    Raises StorageError where store or database cannot be reached or is of another version.
    """
    data_dir = settings.data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "work").mkdir(exist_ok=True)
    database = Database(settings.database.url.get_secret_value() or f"sqlite:///{data_dir / 'records.db'}")
    try:
        database.migrate()
        store = store_of(settings.store, settings.store.url or f"folder://{data_dir / 'objects'}")
        yield Installation(
            settings=settings,
            data_dir=data_dir,
            store=store,
            database=database,
            index=SearchIndex(data_dir / "index"),
        )
    finally:
        database.dispose()
