"""From files to raw pages: what scans there are, how many pages each has, and each page as its scanner made it."""

from __future__ import annotations

from ocr.opening.found import Found, Refused, Skipped, Source
from ocr.opening.kinds import Kind, identify
from ocr.opening.pages import count_pages, open_page
from ocr.opening.raw import Limits, RawPage
from ocr.opening.sources import find_sources

__all__ = [
    "Found",
    "Kind",
    "Limits",
    "RawPage",
    "Refused",
    "Skipped",
    "Source",
    "count_pages",
    "find_sources",
    "identify",
    "open_page",
]
