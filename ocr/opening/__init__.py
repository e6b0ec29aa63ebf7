"""From files to raw pages: what scans there are, how many pages each has, and each page as its scanner made it."""

from __future__ import annotations

from ocr.opening.found import Found, Refused, Skipped, Source
from ocr.opening.kinds import Kind, claims_to_be_scan, identify
from ocr.opening.names import numbered, readable
from ocr.opening.pages import count_pages, open_page
from ocr.opening.pdffile import PAGES_LOST, REPAIRED
from ocr.opening.raw import Limits, RawPage
from ocr.opening.sequences import PageSequence, find_sequence
from ocr.opening.sources import find_listed, find_sources

__all__ = [
    "PAGES_LOST",
    "REPAIRED",
    "Found",
    "Kind",
    "Limits",
    "PageSequence",
    "RawPage",
    "Refused",
    "Skipped",
    "Source",
    "claims_to_be_scan",
    "count_pages",
    "find_listed",
    "find_sequence",
    "find_sources",
    "identify",
    "numbered",
    "open_page",
    "readable",
]
