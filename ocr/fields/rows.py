"""Rows of a page: its words from the top down, whatever order and grouping an engine gave them.

Engines mix the two columns of a head, or tear a line at a scratch. Rules for fields look at rows of words within a
region of the page instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from ocr.geometry import Box, around
from ocr.page import Line, ReadPage, Word
from ocr.vietnamese import is_capitals, one_form, plain_key

DUST = 0.35  # confidence under which one or two letters alone are specks, seal or signature
HYPHENS = ("-", "–", "—", "−")
CLOSE = 0.6  # heights of white between two words of one line
MOST_NEAR = 24  # words of a row that the next one is compared with
LONGEST_LINE = 120  # words; A3 across in 6-point print has fewer, and noise may have thousands
SAME_ROW = 0.5  # share of the lower word's height by which two words overlap on one row
KNOWN_WORDS = 1 << 15  # words whose keys are kept; a pile's pages share most of theirs
_LETTER = re.compile(r"[^\W_]")
_NOT_LETTER = re.compile(r"[\W_]+")


@lru_cache(maxsize=KNOWN_WORDS)
def plain_word(text: str) -> str:
    """`plain_key` of a word."""
    return plain_key(text)


@lru_cache(maxsize=KNOWN_WORDS)
def word_letters(text: str) -> str:
    """`plain_word` without anything but letters and digits."""
    return _NOT_LETTER.sub("", plain_word(text))


@lru_cache(maxsize=KNOWN_WORDS)
def _one_form(text: str) -> str:
    return one_form(text)


@dataclass(frozen=True, slots=True)
class Row:
    """Words on one height of the page, left to right."""

    words: tuple[Word, ...]
    box: Box
    text: str  #: single blanks between words, `one_form`

    @property
    def plain(self) -> str:
        """`text` as `plain_key` has it."""
        return " ".join(plain_word(word.text) for word in self.words)

    @property
    def letters(self) -> str:
        """`plain` without anything but letters and digits: what survives torn and glued words."""
        return "".join(word_letters(word.text) for word in self.words)

    @property
    def capitals(self) -> bool:
        """Whether the row is printed in capitals."""
        return is_capitals(self.text)

    @property
    def confidence(self) -> float:
        """The least sure word's; 0 where there are none."""
        return min((word.confidence for word in self.words), default=0.0)

    def part(self, start: int, stop: int | None = None) -> Row:
        """Some of its words; raises ValueError where that are none."""
        return row_of(self.words[start:stop])


def row_of(words: Sequence[Word]) -> Row:
    """A row of these words; raises ValueError where there are none."""
    text = " ".join(_one_form(word.text) for word in words)
    return Row(words=tuple(words), box=around(word.box for word in words), text=text)


def is_dust(word: Word, height: float) -> bool:
    """Whether a word is a speck, a rule or part of a seal rather than print.

    height: usual height of the page's words, pixels.
    """
    if word.text in HYPHENS:
        return word.confidence < DUST or word.box.width < 0.2 * height
    if not _LETTER.search(word.text):
        return word.box.height < 0.25 * height or word.confidence < DUST or len(word.text) > 3
    if word.confidence < DUST and len(word.text) <= 2:
        return True
    return word.box.height > 3.5 * height or word.box.height < 0.25 * height


def usual_height(page: ReadPage) -> float:
    """The middle height of the page's words in pixels, 1 where it has none."""
    heights = [word.box.height for line in page.lines for word in line.words if len(word.text) > 1]
    return median(heights) if heights else 1.0


def rows_of(words: Iterable[Word]) -> tuple[Row, ...]:
    """Rows of any words, from the top."""
    groups: list[list[Word]] = []
    for word in sorted(words, key=lambda one: one.box.centre[1]):
        near = next((group for group in reversed(groups[-3:]) if _on_row(group, word)), None)
        if near is None:
            groups.append([word])
        else:
            near.append(word)
    rows = [row_of(sorted(group, key=lambda one: one.box.x0)) for group in groups]
    return tuple(sorted(rows, key=lambda row: row.box.centre[1]))


def _on_row(group: Sequence[Word], word: Word) -> bool:
    near = min(group[-MOST_NEAR:], key=lambda one: abs(one.box.centre[0] - word.box.centre[0])).box
    shared = min(near.y1, word.box.y1) - max(near.y0, word.box.y0)
    return shared >= SAME_ROW * min(near.height, word.box.height)


@dataclass(frozen=True, slots=True)
class Text:
    """A page's print without its dust: its lines as the engine had them, top down, and its words."""

    page: ReadPage
    height: float  #: usual height of a word, pixels
    lines: tuple[Row, ...]  #: as the engine grouped them, sorted from the top
    plain: str  #: all lines, `plain_key`, one a line

    def words(self, inside: Callable[[Word], bool]) -> list[Word]:
        """The words that a test holds for."""
        return [word for line in self.lines for word in line.words if inside(word)]

    @property
    def width(self) -> float:
        """Of the page, pixels."""
        return float(self.page.facts.width)

    @property
    def tall(self) -> float:
        """Height of the page, pixels."""
        return float(self.page.facts.height)


def text_of(page: ReadPage) -> Text:
    """The page's print, dust left out."""
    height = usual_height(page)
    kept = (_without_dust(line, height) for line in page.lines)
    pieces = (words[at : at + LONGEST_LINE] for words in kept for at in range(0, len(words), LONGEST_LINE))
    lines = sorted((row_of(words) for words in pieces), key=lambda row: (row.box.centre[1], row.box.x0))
    return Text(page=page, height=height, lines=tuple(lines), plain="\n".join(row.plain for row in lines))


def _without_dust(line: Line, height: float) -> list[Word]:
    kept = [word for word in line.words if not is_dust(word, height)]
    if len(kept) < len(line.words):
        kept = [word for word in line.words if word in kept or _belongs(word, kept, height)]
    return kept


def _belongs(word: Word, print_: Sequence[Word], height: float) -> bool:
    """Whether a short, unsure word is print after all: as high as the print beside it and close to it."""
    if not _LETTER.search(word.text):
        return False
    for other in print_:
        gap = max(other.box.x0 - word.box.x1, word.box.x0 - other.box.x1)
        level = abs(other.box.y1 - word.box.y1) < 0.3 * height and abs(other.box.y0 - word.box.y0) < 0.3 * height
        if gap < CLOSE * height and level and len(other.text) > 1 and other.confidence > 2 * DUST:
            return True
    return False
