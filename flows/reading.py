"""What the reading processes are told of the settings, and what tells two readings of one page apart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from flows.settings import Settings, config_dir
from flows.worker import WorkerSettings
from ocr.opening import Limits
from ocr.page import Engine
from ocr.pdf import Profile
from ocr.reading import ReadingSettings


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
