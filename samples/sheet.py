"""A sheet of paper that is printed on, line by line, and remembers what it says.

Lengths are millimetres from the top left, sizes of type are points. A sheet is drawn at twice the resolution that
it is scanned at, so that letters get the soft edge that a scanner gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from PIL import Image, ImageChops, ImageDraw

from samples.fonts import Face, font

SCAN_DPI = 200  # what the law asks for at least (NĐ 30/2020, TT 02/2019/TT-BNV)
DPI = 2 * SCAN_DPI
LEADING = 1.18  # height of a line over the size of its type

BLACK = (28, 27, 30)  # toner on paper, as scanners see it
RED = (204, 18, 32)
BLUE = (38, 58, 158)

A4 = (210.0, 297.0)
A5 = (148.0, 210.0)

Run = tuple[Face, str]  # a piece of a line in one face


class Align(Enum):
    """Where x lies in a line."""

    LEFT = 0.0
    CENTRE = 0.5
    RIGHT = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of type."""

    left: float  #: mm
    right: float  #: mm
    size: float = 14.0  #: points
    indent: float = 10.0  #: mm, of a paragraph's first line
    after: float = 1.6  #: mm, under a paragraph


BODY = Column(left=30.0, right=192.0)  # NĐ 30/2020, phụ lục I: 30 to 35 mm left, 15 to 20 mm right


def pixels(mm: float) -> int:
    """Millimetres on the drawn sheet, in pixels."""
    return round(mm / 25.4 * DPI)


class Sheet:
    """One side of paper. It is drawn on, so it changes: the one thing here that does."""

    def __init__(self, size: tuple[float, float] = A4) -> None:
        self.size = size
        self.image = Image.new("RGB", (pixels(size[0]), pixels(size[1])), "white")
        self.lines: list[str] = []
        self._draw = ImageDraw.Draw(self.image)

    def say(
        self,
        text: str,
        x: float,
        y: float,
        *,
        face: Face = Face.REGULAR,
        size: float = 14.0,
        align: Align = Align.LEFT,
        read_as: str | None = None,
    ) -> float:
        """Print a line with its top at y; returns the y of the line under it.

        read_as: what a reader sees there where it is more than print: gaps are filled in by hand.
        """
        type_ = font(face, _type(size))
        start = pixels(x) - type_.getlength(text) * align.value
        self._draw.text((start, pixels(y)), text, fill=BLACK, font=type_)
        self.lines.append(read_as or text)
        return y + line_height(size)

    def stacked(self, texts: Sequence[str], x: float, y: float, *, face: Face, size: float = 14.0) -> float:
        """Print centred lines, one under the other."""
        for text in texts:
            y = self.say(text, x, y, face=face, size=size, align=Align.CENTRE)
        return y

    def write(
        self, text: str | Sequence[Run], y: float, *, column: Column = BODY, face: Face = Face.REGULAR
    ) -> float:
        """Print a justified paragraph; returns the y under it."""
        words = list(_words([(face, text)] if isinstance(text, str) else text))
        left = column.left + column.indent
        while words:
            taken = _fitting(words, column.size, pixels(column.right - left))
            line, words = words[:taken], words[taken:]
            self._line(line, left, y, column, justified=bool(words))
            y += line_height(column.size)
            left = column.left
        return y + column.after

    def _line(self, words: Sequence[Run], left: float, y: float, column: Column, *, justified: bool) -> None:
        widths = [font(face, _type(column.size)).getlength(word) for face, word in words]
        blank = font(words[0][0], _type(column.size)).getlength(" ")
        if justified and len(words) > 1:
            blank = (pixels(column.right - left) - sum(widths)) / (len(words) - 1)
        x = float(pixels(left))
        for (face, word), width in zip(words, widths, strict=True):
            self._draw.text((x, pixels(y)), word, fill=BLACK, font=font(face, _type(column.size)))
            x += width + blank
        self.lines.append(" ".join(word for _, word in words))

    def table(self, rows: Sequence[Sequence[str]], edges: Sequence[float], y: float, *, size: float = 12.0) -> float:
        """Print a ruled table, its first row bold; edges: mm, one more than there are columns."""
        height = line_height(size) + 2.2
        for index, row in enumerate(rows):
            face = Face.BOLD if index == 0 else Face.REGULAR
            for cell, left, right in zip(row, edges, edges[1:], strict=False):
                self.say(cell, (left + right) / 2, y + 1.1, face=face, size=size, align=Align.CENTRE)
                self.frame(left, y, right, y + height)
            y += height
        return y + 2.0

    def rule(self, left: float, right: float, y: float, *, width: float = 0.25) -> None:
        """Draw a horizontal line."""
        self._draw.rectangle((pixels(left), pixels(y), pixels(right), pixels(y + width)), fill=BLACK)

    def frame(self, left: float, top: float, right: float, bottom: float) -> None:
        """Draw a box."""
        self._draw.rectangle((pixels(left), pixels(top), pixels(right), pixels(bottom)), outline=BLACK, width=3)

    def press(self, ink: Image.Image, x: float, y: float, colour: tuple[int, int, int]) -> None:
        """Stamp or write over what is there, as ink does: what lies under it still shows.

        ink: mode L at the sheet's resolution, 255 where it covers fully; x, y: mm of its middle.
        """
        corner = (pixels(x) - ink.width // 2, pixels(y) - ink.height // 2)
        under = self.image.crop((*corner, corner[0] + ink.width, corner[1] + ink.height))
        tint = Image.composite(Image.new("RGB", ink.size, colour), Image.new("RGB", ink.size, "white"), ink)
        self.image.paste(ImageChops.multiply(under, tint), corner)


def line_height(size: float) -> float:
    """Distance of two lines of a size, mm."""
    return size * LEADING / 72 * 25.4


def width_of(text: str, face: Face, size: float) -> float:
    """Width of a line, mm."""
    return float(font(face, _type(size)).getlength(text)) / DPI * 25.4


def _type(size: float) -> int:
    return round(size / 72 * DPI)


def _words(runs: Sequence[Run]) -> Iterator[Run]:
    for face, text in runs:
        for word in text.split():
            yield face, word


def _fitting(words: Sequence[Run], size: float, room: int) -> int:
    """How many words go into a line of `room` pixels; at least one."""
    used = 0.0
    for count, (face, word) in enumerate(words):
        used += font(face, _type(size)).getlength(f" {word}" if count else word)
        if used > room and count:
            return count
    return len(words)
