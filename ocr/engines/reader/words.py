"""From letters with columns to words with boxes that hold to the ink."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import Enum
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from ocr.engines.reader.decoding import Letter
from ocr.engines.reader.letters import HANDWRITING
from ocr.engines.reader.network import STEP
from ocr.geometry import Box
from ocr.lines import Crop, FoundLine
from ocr.page import Word

Floats = NDArray[np.float64]

CLEAR = 0.4  # of the widest white between two letters: narrower ones lie within letters and signs
SLACK = 0.25  # of the letters' heights: a letter is told up to so far beside its middle, narrow ones beyond their ink
AWAY = 0.7  # letters' heights between a piece of ink and the next letter read: it is no part of that
BESIDE = 0.3  # the same for a digit beside others
LATE = 1.5  # columns by which the network tells a letter behind its middle (tests.benchmarks.unlike.places)
TALL = 0.6  # of the letters' heights; lower ink is a mark


class _Pieces:
    """The ink of a line as lists: a line has few pieces, for which numpy's calls cost more than their work."""

    def __init__(self, line: FoundLine) -> None:
        self._boxes: list[list[float]] = line.letters.tolist()
        self._lefts = [box[0] for box in self._boxes]
        self._reach = list(accumulate((box[2] for box in self._boxes), max))

    def between(self, left: float, right: float) -> list[list[float]]:
        """Pieces, from left to right, that end beyond `left` and begin before `right`."""
        first, last = bisect_right(self._reach, left), bisect_left(self._lefts, right)
        return [box for box in self._boxes[first:last] if box[2] > left]

    def around(self, start: float, end: float) -> list[list[float]]:
        """Pieces with their middle between the two, which belong to it."""
        first, last = bisect_left(self._reach, start), bisect_right(self._lefts, end)
        return [box for box in self._boxes[first:last] if start <= (box[0] + box[2]) / 2 <= end]


def words_of(letters: Sequence[Letter], line: FoundLine, crop: Crop) -> tuple[Word, ...]:
    """The words of a line in pixels of its page; none where only blanks were read."""
    runs = _runs(letters)
    if not runs:
        return ()
    pieces = _Pieces(line)
    edges = [line.box.x0]
    for left, right in pairwise(runs):
        places = place_of(left[-1], crop), place_of(right[0], crop)
        which = _which(left[-1], right[0])
        slack = SLACK * line.height if which is _White.WIDEST else 0.0
        edges.append(_cut(places[0] - slack, places[1] + slack, pieces, which))
    edges.append(line.box.x1)
    return tuple(
        Word(
            text=unicodedata.normalize("NFC", "".join([letter.text for letter in run])),
            box=_box(run, line, pieces, start, end),
            confidence=_confidence(run),
        )
        for run, (start, end) in zip(runs, pairwise(edges), strict=True)
    )


def from_next_letter(letters: Sequence[Letter], line: FoundLine, crop: Crop) -> tuple[Floats, Floats]:
    """Letter-sized ink of a line, (n, 4), and how far each piece lies from the next letter read, (n,) pixels."""
    tall = line.letters[line.letters[:, 3] - line.letters[:, 1] >= TALL * line.height]
    places = np.array([place_of(letter, crop) for letter in letters if letter.text != " "])
    if not len(places) or not len(tall):
        return tall, np.full(len(tall), np.inf)
    return tall, np.maximum(tall[:, :1] - places, places - tall[:, 2:3]).min(axis=1)


def unread_of(ink: tuple[Floats, Floats], line: FoundLine, *, away: float = AWAY) -> tuple[Box, ...]:
    """Of `from_next_letter`'s ink of a line what lies so many letters' heights from the next: nobody read it."""
    tall, beyond = ink
    return tuple(Box(*piece) for piece in tall[beyond > away * line.height].tolist())


def _runs(letters: Sequence[Letter]) -> list[list[Letter]]:
    """Letters between blanks; hand-writing is a run by itself, also where print touches it."""
    runs: list[list[Letter]] = [[]]
    for letter in letters:
        if letter.text == HANDWRITING:
            runs += [[letter], []]
        elif letter.text != " ":
            runs[-1].append(letter)
        else:
            runs.append([])
    return [run for run in runs if run]


def place_of(letter: Letter, crop: Crop) -> float:
    """Page pixels where a letter's middle stands."""
    return crop.x0 + (letter.column + 0.5 - LATE) * STEP / crop.scale


class _White(Enum):
    WIDEST = "widest"
    FIRST = "first"
    LAST = "last"


def _which(left: Letter, right: Letter) -> _White:
    """Where two words part. One sign stands for all digits of a hand: it reaches to the print beside it."""
    if right.text == HANDWRITING:
        return _White.FIRST
    return _White.LAST if left.text == HANDWRITING else _White.WIDEST


def _cut(left: float, right: float, pieces: _Pieces, which: _White) -> float:
    """Where two words part: the middle of a white between the letters at `left` and `right`."""
    near = pieces.between(left, right)
    if len(near) < 2:
        return (left + right) / 2
    reached = list(accumulate((box[2] for box in near[:-1]), max))
    begins = [box[0] for box in near[1:]]
    white = [min(begin, right) - max(end, left) for begin, end in zip(begins, reached, strict=True)]
    least = CLEAR * max(0.0, *white)
    clear = [index for index, wide in enumerate(white) if wide > least]
    if not clear:  # letters of both words touch
        return (left + right) / 2
    widest = white.index(max(white))
    chosen = widest if which is _White.WIDEST else clear[0 if which is _White.FIRST else -1]
    return (reached[chosen] + begins[chosen]) / 2


def _box(run: Sequence[Letter], line: FoundLine, pieces: _Pieces, start: float, end: float) -> Box:
    """Around the ink between two cuts; the line's own height where the pieces do not tell.

    Of a word that a seal's ring covers nothing but a speck may be left: its box would stand on another row.
    """
    own = pieces.around(start, end)
    tallest = max((box[3] - box[1] for box in own), default=0.0)
    if not own or (tallest < TALL * line.height and any(letter.text.isalnum() for letter in run)):
        return Box(start, line.box.y0, max(end, start + 1), line.box.y1)
    x0, y0, x1, y1 = zip(*own, strict=True)
    return Box(max(start, min(x0)), min(y0), min(end, max(x1)), max(y1))


def _confidence(run: Sequence[Letter]) -> float:
    """The chance that all letters of the word are right."""
    return math.prod([letter.confidence for letter in run])
