"""The searchable PDF/A that the citizen, the court and the archive receive: made, and checked as written."""

from __future__ import annotations

from ocr.pdf.assembly import assemble
from ocr.pdf.checking import check
from ocr.pdf.metadata import PaperMetadata
from ocr.pdf.profiles import Profile
from ocr.pdf.rebuilding import Rebuilt, assemble_checked

__all__ = ["PaperMetadata", "Profile", "Rebuilt", "assemble", "assemble_checked", "check"]
