"""Recognisers behind one small protocol."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ocr.geometry import Box
from ocr.opening.raw import Image
from ocr.page import Engine, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an engine found on a page; boxes in pixels of the image that it was given."""

    lines: tuple[Line, ...] = ()
    handwriting: tuple[Box, ...] = ()  #: seen, not read; only engines that tell it from print have any
    left_over: tuple[Box, ...] = ()  #: letter-sized ink that belongs to no line, of engines that can tell


class Recogniser(Protocol):
    """Reads one clean, upright, level grey page."""

    def describe(self) -> Engine:
        """Name, version, model hash and settings, as they will stand in the record."""
        ...

    def read(self, grey: Image, *, dpi: float, source: str, page: int, scratch: Path) -> Reading:
        """The page's lines, in any order.

        grey: (height, width), black print on white.
        source, page: for error messages only.
        scratch: a folder for files, if any; what a kill leaves there is cleared away with the page's own.
        Raises EngineFailed, EngineTimeout, ProgramMissing, LanguageMissing.
        """
        ...
