"""Judges the text that a PDF page brings along, and makes lines of it.

A scan's text is somebody's OCR, mostly of an engine that knew no Vietnamese; it is kept only where it is really
Vietnamese and covers the page. Text that draws the page itself is kept unless its letters are not what they look like
(fonts of before Unicode, as TCVN3 and VNI) or most of the page's print is a picture.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from ocr.geometry import Box, around
from ocr.opening.pdfraster import PlacedText
from ocr.opening.raw import Image
from ocr.page import Line, TextLayer, Word
from ocr.vietnamese import is_syllable

STAMP = 300  # characters; 32 signed scans had 60 to 157 of a stamp's own, papers have more on any page

_FOREIGN = 0.03  # share of words with letters that are not Vietnamese; TCVN3 and VNI have them in every second one
_LOST = 0.01  # share of characters that stand for no letter
_ENOUGH_LETTERS = 100  # to judge by shares of them
_VOWELS = (0.25, 0.65)  # share of letters; Vietnamese 0.40 to 0.50, English 0.38; a shifted alphabet has 0.2
_TOUCH, _MOSTLY = (
    0.1,
    0.7,
)  # share of words with marks from which it is Vietnamese; then, of syllables among its words
_FEW = 10  # words below which OCR is not judged
_SYLLABLES = 0.93  # share of a scan's words that can be Vietnamese syllables; good OCR: 0.94 to 1, English 0.68
_MARKED = 0.6  # share of them with a Vietnamese mark; papers have 0.84 to 0.94, English OCR 0.16
_BY_FONTS, _BY_OCR = 0.4, 0.6  # share of the page's ink within words; rules, seals and signatures are the rest
_INK = 128  # brightest channel of a pixel; red and blue stamps are brighter
_AROUND = 0.15  # of a word's height, that its box is widened by: marks and descenders stick out
_SAME_SIZE = 2.5  # heights of words on one line; a word that is written upwards stands beside several lines
_SAME_LINE = 0.5  # share of the lower word's height by which two words of a line overlap

#: Western letters that no Vietnamese word has.
_FOREIGN_LETTERS = frozenset(
    letter for letter in map(chr, range(0xA1, 0x250)) if letter.isalpha() and not is_syllable(letter)
) - frozenset("ĐđÐð")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The text of a page that is drawn with fonts."""

    words: tuple[Word, ...]  #: in pixels of the page's image
    of_scan: bool  #: lies under or over a picture of the whole page


def placed_words(texts: Sequence[PlacedText], image: Image) -> tuple[Word, ...]:
    """Words in pixels of the page's image, NFC; what lies outside of it or has no character is left out."""
    height, width = image.shape[:2]
    words = []
    for one in texts:
        text = unicodedata.normalize("NFC", "".join(one.text.split()))
        x0, x1 = (min(max(value * width, 0.0), width) for value in (one.box.x0, one.box.x1))
        y0, y1 = (min(max(value * height, 0.0), height) for value in (one.box.y0, one.box.y1))
        if text and x1 > x0 and y1 > y0:
            words.append(Word(text=text, box=Box(x0, y0, x1, y1), confidence=1.0))
    return tuple(words)


def judge(layer: Layer, image: Image) -> TextLayer:
    """Whether a page's text can stand for the page."""
    text = [word.text for word in layer.words]
    if not text:
        return TextLayer.NONE
    sound = _is_vietnamese(text) if layer.of_scan else _is_language(text)
    if not sound:
        return TextLayer.UNUSABLE
    needed = _BY_OCR if layer.of_scan else _BY_FONTS
    return TextLayer.GOOD if _covered(layer.words, image) >= needed else TextLayer.UNUSABLE


def _is_language(words: Sequence[str]) -> bool:
    """Are the characters the letters that they look like, in whatever language?"""
    characters = "".join(words)
    lost = sum(unicodedata.category(c) in ("Co", "Cc", "Cn", "Cs") or c == "\ufffd" for c in characters)
    if lost > _LOST * len(characters):
        return False
    foreign = sum(not _FOREIGN_LETTERS.isdisjoint(word) for word in words)
    if foreign > max(1.0, _FOREIGN * len(words)):
        return False
    spoken = _spoken(words)
    if sum(not word.isascii() for word in spoken) > _TOUCH * len(spoken):
        return sum(map(is_syllable, spoken)) >= _MOSTLY * len(spoken)
    letters = [c for c in characters if c.isalpha()]
    if len(letters) < _ENOUGH_LETTERS:
        return True
    vowels = sum(unicodedata.normalize("NFD", c)[0] in "aeiouyAEIOUY" for c in letters)
    return _VOWELS[0] <= vowels / len(letters) <= _VOWELS[1]


def _is_vietnamese(words: Sequence[str]) -> bool:
    """Is it read as Vietnamese, marks and all?"""
    spoken = _spoken(words)
    if len(spoken) < _FEW or not _is_language(words):
        return False
    syllables = [word for word in spoken if is_syllable(word)]
    marked = sum(not word.isascii() for word in syllables)
    return len(syllables) >= _SYLLABLES * len(spoken) and marked >= _MARKED * len(syllables)


def _spoken(words: Sequence[str]) -> list[str]:
    """The letters of words that are no abbreviations, numbers or signs."""
    bare = ["".join(c for c in word if c.isalpha()) for word in words]
    return [word for word in bare if len(word) > 1 and not word.isupper()]


def _covered(words: Sequence[Word], image: Image) -> float:
    """Share of the page's ink that lies within words."""
    light = image
    if image.ndim == 3:
        blue, green, red = cv2.split(image)  # numpy's own maximum takes forty times as long
        light = np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
    ink = np.asarray(cv2.threshold(light, _INK, 1, cv2.THRESH_BINARY_INV)[1], np.uint8)
    all_ink = int(np.count_nonzero(ink))
    if all_ink == 0:
        return 0.0
    for word in words:
        spare = _AROUND * word.box.height
        x0, y0 = (max(0, int(value - spare)) for value in word.box[:2])
        x1, y1 = (int(value + spare) + 1 for value in word.box[2:])
        ink[y0:y1, x0:x1] = 0
    return 1 - int(np.count_nonzero(ink)) / all_ink


def lines_of(words: Sequence[Word]) -> tuple[Line, ...]:
    """Words on one baseline as a line, from the top; columns side by side are still one line."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda one: one.box.centre[1]):
        row = next((row for row in reversed(rows[-3:]) if _beside(row, word)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    lines = []
    for row in rows:
        across = tuple(sorted(row, key=lambda one: one.box.x0))
        lines.append(Line(words=across, box=around(one.box for one in across), block=0))
    return tuple(sorted(lines, key=lambda line: line.box.y1))


def _beside(row: Sequence[Word], word: Word) -> bool:
    top, bottom = median(one.box.y0 for one in row), median(one.box.y1 for one in row)
    shared = min(bottom, word.box.y1) - max(top, word.box.y0)
    low, high = sorted((bottom - top, word.box.height))
    return shared >= _SAME_LINE * low and high <= _SAME_SIZE * low
