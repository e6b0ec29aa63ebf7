"""The installation that the settings describe: store, records, index and working folder, opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.settings import Settings, StoreSettings, config_dir
from flows.worker import WorkerSettings
from ocr.opening import Limits
from ocr.page import Engine
from ocr.pdf import Profile
from ocr.reading import ReadingSettings
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


def worker_settings(settings: Settings) -> WorkerSettings:
    """What the reading processes need of the settings."""
    given = settings.limits
    return WorkerSettings(
        engine=settings.reading.engine,
        languages=settings.reading.languages,
        reading=ReadingSettings(jpeg_quality=settings.reading.jpeg_quality, min_dpi=settings.reading.min_dpi),
        limits=Limits(
            max_pixels=int(given.max_page_megapixels * 1_000_000),
            max_pages=given.max_pages,
            max_archive_members=given.max_archive_members,
            max_archive_bytes=int(given.max_archive_gib * 1024**3),
            max_archive_ratio=given.max_archive_ratio,
            page_seconds=settings.reading.page_seconds,
        ),
        raster_dpi=settings.reading.raster_dpi,
        profile=Profile(settings.reading.pdf_profile),
        config_dir=config_dir(),
    )


def reading_key(worker: WorkerSettings, engine: Engine) -> str:
    """Short hash of everything that makes two readings of one page differ."""
    what = [asdict(engine), asdict(worker.reading), worker.raster_dpi]
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:12]
