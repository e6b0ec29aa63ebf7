"""Recognisers behind one small protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ocr.page import Engine, Line


class Recogniser(Protocol):
    """Reads one clean, upright, level grey page."""

    def describe(self) -> Engine:
        """Name, version, model hash and settings, as they will stand in the record."""
        ...

    def read(self, grey: Path, *, dpi: float, source: str, page: int) -> tuple[Line, ...]:
        """The page's lines in reading order, boxes in pixels of `grey`.

        grey: an uncompressed 8-bit image file, black print on white.
        source, page: for error messages only.
        Raises EngineFailed, EngineTimeout, ProgramMissing, LanguageMissing.
        """
        ...
