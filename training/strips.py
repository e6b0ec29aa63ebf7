"""A piece of paper being set: its print, where each word stands, and the layers of ink that others leave on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from PIL import ImageFont

from ocr.opening.raw import Image as Pixels
from training.fonts import Face


@dataclass(frozen=True, slots=True)
class Placed:
    """A word where it was set: pixels of the strip, its own ink."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    line: int


@dataclass(slots=True)
class Strip:
    """A piece of paper being set. Grey; what a seal or a pen adds in colour lies on layers of its own."""

    grey: Pixels
    dpi: int
    words: list[Placed] = field(default_factory=list)
    seals: list[tuple[int, int, int]] = field(default_factory=list)  #: x, y, radius
    pen: Pixels | None = None  #: hand-writing and signatures, ink on 255
    lines: int = 0
    face: Face | None = None  #: of its print, None before any is set
    typed: bool = False  #: struck letter by letter, as a typewriter does


@dataclass(frozen=True, slots=True)
class Type:
    """A face at a size."""

    font: ImageFont.FreeTypeFont
    face: Face
    size: int  #: pixels of an em
    leading: int  #: pixels from one baseline to the next
    typed: bool = False  #: struck letter by letter, as a typewriter does

    def width(self, text: str) -> float:
        """Pixels across."""
        return float(self.font.getlength(text))


def darken(canvas: Pixels, ink: Pixels, x: int, y: int) -> None:
    """Lay ink onto a canvas; what falls off its edges is lost."""
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(canvas.shape[1], x + ink.shape[1]), min(canvas.shape[0], y + ink.shape[0])
    if x1 > x0 and y1 > y0:
        part = canvas[y0:y1, x0:x1]
        np.minimum(part, ink[y0 - y : y1 - y, x0 - x : x1 - x], out=part)


def rule(strip: Strip, start: tuple[float, float], end: tuple[float, float], thick: int) -> None:
    """A straight line of ink."""
    ends = [(round(x), round(y)) for x, y in (start, end)]
    cv2.line(strip.grey, ends[0], ends[1], 0, max(1, thick))


def dotted(strip: Strip, start: tuple[float, float], end: float, size: int) -> None:
    """A row of dots to write on, for print of that size in pixels."""
    x, y = start
    while x < end:
        cv2.circle(strip.grey, (round(x), round(y)), max(1, size // 22), 30, -1)
        x += size * 0.25


@lru_cache(maxsize=700)
def font_of(file: str, size: int) -> ImageFont.FreeTypeFont:
    """The font of a file at a size in pixels."""
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1000)
def letters_of(file: str) -> frozenset[int]:
    """Code points that a font file can draw."""
    return frozenset(TTFont(file, lazy=True).getBestCmap())
