"""What scans may ask of memory, disk and time, as the settings say; apart, for whoever opens scans but reads none."""

from __future__ import annotations

from flows.settings import Settings
from ocr.opening import Limits


def limits_of(settings: Settings) -> Limits:
    """The bounds of one scan and one archive."""
    given = settings.limits
    return Limits(
        max_pixels=int(given.max_page_megapixels * 1_000_000),
        max_pages=given.max_pages,
        max_archive_members=given.max_archive_members,
        max_archive_bytes=int(given.max_archive_gib * 1024**3),
        max_archive_ratio=given.max_archive_ratio,
        page_seconds=settings.reading.page_seconds,
    )
