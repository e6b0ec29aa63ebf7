"""The invisible text of a page: every word exactly over its print, in reading order.

One text object holds the page. Each word is scaled to the width of its box and followed by a blank as wide as the
gap to the next, so that selecting, copying and searching work alike in readers that go by the text's order (pdf.js,
pdfium) and in those that go by places alone (poppler).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ocr.geometry import Box
from ocr.page import Line, Word
from ocr.pdf.font import InvisibleFont
from ocr.pdf.letters import advance, extent
from ocr.pdf.wording import words

FONT = "T"  # name of the font in the pages' resources
_MIN_SIZE, _MAX_SIZE = 1.0, 300.0  # points
_MIN_SCALE = 1.0  # per cent; a blank between words that touch must still be there
_LAST_BLANK = 0.2  # ems; the blank that ends a line
_SAME_EDGE = 1.5  # pixels; boxes that differ less were cut from the line, not around the word's ink
_SLOPE_WORDS, _SLOPE_SPREAD = 4, 6.0  # words and ems across; fewer do not tell a line's lean
_MAX_SLOPE = 0.2  # steeper is a wrong box


@dataclass(frozen=True, slots=True)
class _Rest:
    """Where a line's words stand, in pixels."""

    size: float  #: of the font
    base: float  #: baseline at `middle`
    slope: float  #: pixels down for a pixel to the right
    middle: float

    def at(self, x: float) -> float:
        return self.base + self.slope * (x - self.middle)


def text_content(lines: Iterable[Line], font: InvisibleFont, *, scale: float, height: float) -> bytes:
    """Content stream operators for a page's text; empty where there is none.

    scale: points a pixel. height: of the page, points.
    """
    parts = []
    for line in lines:
        placed = [
            (Word(text=text, box=word.box, confidence=word.confidence))
            for word in line.words
            for text in _whole(word)
        ]
        if placed:
            parts.append(_line(placed, font, scale=scale, height=height))
    if not parts:
        return b""
    return f"BT\n3 Tr\n{''.join(parts)}ET\n".encode("ascii")


def _whole(word: Word) -> list[str]:
    """A word's text as one piece, or nothing; an engine may leave blanks or marks of no width in it."""
    text = " ".join(words(word.text))
    return [text] if text else []


def _line(placed: Sequence[Word], font: InvisibleFont, *, scale: float, height: float) -> str:
    rest = _rest(placed)
    size = min(max(rest.size * scale, _MIN_SIZE), _MAX_SIZE)
    blank = advance(" ") / 1000 * size
    parts = [f"/{FONT} {size:.2f} Tf\n"]
    for index, word in enumerate(placed):
        natural = sum(map(advance, word.text)) / 1000 * size
        wide = max(word.box.width * scale, 0.1)
        x, y = word.box.x0 * scale, height - rest.at(word.box.centre[0]) * scale
        following = placed[index + 1] if index + 1 < len(placed) else None
        gap = (following.box.x0 - word.box.x1) * scale if following else _LAST_BLANK * size
        parts.append(
            f"1 0 0 1 {x:.2f} {y:.2f} Tm {100 * wide / natural:.2f} Tz <{font.encoded(word.text)}> Tj "
            f"{max(100 * gap / blank, _MIN_SCALE):.2f} Tz <{font.encoded(' ')}> Tj\n"
        )
    return "".join(parts)


def _rest(placed: Sequence[Word]) -> _Rest:
    """Size and baseline from the edges of the words' ink and the letters that reached them."""
    tops, bottoms = [word.box.y0 for word in placed], [word.box.y1 for word in placed]
    if max(tops) - min(tops) < _SAME_EDGE and max(bottoms) - min(bottoms) < _SAME_EDGE:
        return _rest_of_line(placed)
    sizes, feet = [], []
    for word in placed:
        reached = extent(word.text)
        if reached is not None and word.box.height > 0:
            below, above = reached
            sizes += [word.box.height / (below + above)] * len(word.text)
            feet.append((word.box.centre[0], word.box.y1, below))
    if not feet:
        return _rest_of_line(placed)
    size = statistics.median(sizes)
    points = [(x, bottom - below * size) for x, bottom, below in feet]
    return _fitted(points, size)


def _rest_of_line(placed: Sequence[Word]) -> _Rest:
    """The same from the line's edges alone."""
    below, above = extent("".join(word.text for word in placed)) or extent("Ag") or (0.0, 1.0)
    top = min(word.box.y0 for word in placed)
    bottom = max(word.box.y1 for word in placed)
    size = max(bottom - top, 1.0) / (below + above)
    return _Rest(size, bottom - below * size, 0.0, 0.0)


def _fitted(points: Sequence[tuple[float, float]], size: float) -> _Rest:
    """The baseline through the words' feet: level, or leaning where enough words say so."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    level = _Rest(size, statistics.median(ys), 0.0, 0.0)
    if len(points) < _SLOPE_WORDS or max(xs) - min(xs) < _SLOPE_SPREAD * size:
        return level
    slope, base = statistics.linear_regression(xs, ys)
    if abs(slope) > _MAX_SLOPE:
        return level
    leaning = _Rest(size, base, slope, 0.0)
    return leaning if abs(slope) * (max(xs) - min(xs)) > 0.15 * size else level


def seen_box(box: Box, *, scale: float, height: float) -> tuple[float, float, float, float]:
    """A box in PDF coordinates: left, bottom, right, top in points from the lower left corner."""
    return box.x0 * scale, height - box.y1 * scale, box.x1 * scale, height - box.y0 * scale
