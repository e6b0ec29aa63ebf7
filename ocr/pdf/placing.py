"""The invisible text of a page: every word exactly over its print, in reading order.

One text object holds the page. Each word is scaled to the width of its box and followed by a blank as wide as the
gap to the next, so that selecting, copying and searching work alike in readers that go by the text's order (pdf.js,
pdfium) and in those that go by places alone (poppler).
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from ocr.geometry import Box
from ocr.page import Line, Word
from ocr.pdf.font import InvisibleFont
from ocr.pdf.letters import advance, extent, natural_width
from ocr.pdf.wording import folded

_MIN_SIZE, _MAX_SIZE = 1.0, 300.0  # points
_MIN_SCALE = 1.0  # per cent; even a word without width must be there to be found
_LAST_BLANK = 0.2  # ems; the blank that ends a line
_LEAST_GAP = 0.17  # ems between words; poppler joins what is nearer than 0.15, pdfium what overlaps
_NEAR = 2.5  # points that a word's edges may differ from its line's before it is placed by itself
_TALLER = 1.15  # times its line's size
_MEASURABLE = 0.4  # ems; dashes and quotation marks tell nothing of a line's size
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


def text_content(lines: Iterable[Line], font: InvisibleFont, *, scale: float, width: float, height: float) -> bytes:
    """Content stream operators for a page's text; empty where there is none.

    scale: points a pixel. width, height: of the page, points.
    """
    parts, set_to = [], ""
    page = Box(0.0, 0.0, width / scale, height / scale)
    for line in lines:
        placed = [piece for word in line.words for piece in _pieces(word, page)]
        for set_font, shown in _line(placed, font, scale=scale, height=height) if placed else ():
            parts.append(shown if set_font == set_to else f"{set_font}\n{shown}")
            set_to = set_font
    if not parts:
        return b""
    return f"BT\n3 Tr\n{''.join(parts)}ET\n".encode("ascii")


def plain_text_content(
    lines: Iterable[Line], font: InvisibleFont, *, scale: float, width: float, height: float
) -> bytes:
    """The same without places for single words: each line in one piece, stretched to the line's width.

    For a page whose text comes back otherwise: no reader can take a line's words apart or change their order.
    """
    parts = []
    page = Box(0.0, 0.0, width / scale, height / scale)
    for line in lines:
        placed = [piece for word in line.words for piece in _pieces(word, page)]
        if placed:
            text = " ".join(piece.text for piece in placed)
            rest = _rest_of_line(placed)
            size = min(max(rest.size * scale, _MIN_SIZE), _MAX_SIZE)
            left, right = min(piece.box.x0 for piece in placed), max(piece.box.x1 for piece in placed)
            natural = natural_width(text) * size
            stretch = max(100 * (right - left) * scale / natural, _MIN_SCALE)
            parts.append(
                f"/{font.name(text)} {size:.2f} Tf {stretch:.2f} Tz "
                f"1 0 0 1 {left * scale:.2f} {height - rest.base * scale:.2f} Tm <{font.encoded(text)}> Tj\n"
            )
    if not parts:
        return b""
    return f"BT\n3 Tr\n{''.join(parts)}ET\n".encode("ascii")


def _pieces(word: Word, page: Box) -> list[Word]:
    """A word as it is written; an engine may leave blanks in it, or nothing but marks without width."""
    texts = _written(word.text)
    box = _within(word.box, page)
    if len(texts) < 2:
        return [Word(text=text, box=box, confidence=word.confidence) for text in texts]
    ends = list(accumulate(sum(map(advance, text)) + advance(" ") for text in texts))
    step = box.width / (ends[-1] - advance(" "))
    starts = [0, *ends[:-1]]
    return [
        replace(word, text=text, box=box._replace(x0=box.x0 + start * step, x1=box.x0 + (end - advance(" ")) * step))
        for text, start, end in zip(texts, starts, ends, strict=True)
    ]


@lru_cache(maxsize=10_000)
def _written(text: str) -> tuple[str, ...]:
    return tuple(folded(text).split())


def _within(box: Box, page: Box) -> Box:
    """The part of a box that lies on the page, at least a pixel: poppler drops text beside the page."""
    x0, y0 = min(max(box.x0, 0.0), page.x1 - 1), min(max(box.y0, 0.0), page.y1 - 1)
    return Box(x0, y0, max(min(box.x1, page.x1), x0 + 1), max(min(box.y1, page.y1), y0 + 1))


def _line(placed: Sequence[Word], font: InvisibleFont, *, scale: float, height: float) -> Iterator[tuple[str, str]]:
    """For each word the operator that sets its font, and those that show it."""
    rest = _rest(placed)
    for word, following in zip(placed, [*placed[1:], None], strict=True):
        its_own = _rest_of_word(word, rest, near=_NEAR / scale)
        size = min(max(its_own.size * scale, _MIN_SIZE), _MAX_SIZE)
        x, y = word.box.x0 * scale, height - its_own.at(word.box.centre[0]) * scale
        wide = _width(word, following, scale=scale, least_gap=_LEAST_GAP * size)
        natural = natural_width(word.text) * size
        blank = natural_width(" ") * size
        gap = following.box.x0 * scale - (x + wide) if following else _LAST_BLANK * size
        stretch, blank_stretch = (max(100 * part, _MIN_SCALE) for part in (wide / natural, gap / blank))
        shown = (
            f"1 0 0 1 {x:.2f} {y:.2f} Tm {stretch:.2f} Tz <{font.encoded(word.text)}> Tj "
            f"{blank_stretch:.2f} Tz <{font.encoded(' ')}> Tj\n"
        )
        yield f"/{font.name(word.text)} {size:.2f} Tf", shown


def _width(word: Word, following: Word | None, *, scale: float, least_gap: float) -> float:
    """How wide a word is written, in points: as its box, less where the next one would touch it."""
    wide = word.box.width * scale
    if following is None or following.box.x0 <= word.box.x0:  # the next one does not stand to the right
        return wide
    until = (following.box.x0 - word.box.x0) * scale
    return min(wide, max(until - least_gap, least_gap / 4))


def _rest(placed: Sequence[Word]) -> _Rest:
    """Size and baseline from the edges of the words' ink and the letters that reached them."""
    tops, bottoms = [word.box.y0 for word in placed], [word.box.y1 for word in placed]
    if max(tops) - min(tops) < _SAME_EDGE and max(bottoms) - min(bottoms) < _SAME_EDGE:
        return _rest_of_line(placed)
    sizes, feet = [], []
    for word in placed:
        below, above = extent(word.text)
        if below + above >= _MEASURABLE and word.box.height > 0:
            sizes += [word.box.height / (below + above)] * len(word.text)
            feet.append((word.box.centre[0], word.box.y1, below))
    if not feet:
        return _rest_of_line(placed)
    size = statistics.median(sizes)
    points = [(x, bottom - below * size) for x, bottom, below in feet]
    return _fitted(points, size)


def _rest_of_line(placed: Sequence[Word]) -> _Rest:
    """The same from the line's edges alone."""
    below, above = extent("".join(word.text for word in placed))
    top = min(word.box.y0 for word in placed)
    bottom = max(word.box.y1 for word in placed)
    size = max(bottom - top, 1.0) / max(below + above, _MEASURABLE)
    return _Rest(size, bottom - below * size, 0.0, 0.0)


def _rest_of_word(word: Word, line: _Rest, *, near: float) -> _Rest:
    """The line's, unless the word is smaller or stands higher or lower: then its own.

    near: pixels that its edges may differ from where the line would put them.
    A word that is taller than its line's letters had a stroke, a seal or a neighbour in its box: it stays in line.
    """
    below, above = extent(word.text)
    base = line.at(word.box.centre[0])
    off = max(abs(base - above * line.size - word.box.y0), abs(base + below * line.size - word.box.y1))
    if off <= near or below + above < _MEASURABLE:
        return line
    its_own = _rest_of_line([word])
    return its_own if its_own.size <= _TALLER * line.size else line


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
