"""From letters with columns to words with boxes that hold to the ink."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

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
TALL = 0.6  # of the letters' heights; lower ink is a mark


def words_of(letters: Sequence[Letter], line: FoundLine, crop: Crop) -> tuple[Word, ...]:
    """The words of a line in pixels of its page; none where only blanks were read."""
    runs = _runs(letters)
    if not runs:
        return ()
    edges = [line.box.x0]
    for left, right in pairwise(runs):
        places = place_of(left[-1], crop), place_of(right[0], crop)
        which = _which(left[-1], right[0])
        slack = SLACK * line.height if which is _White.WIDEST else 0.0
        edges.append(_cut(places[0] - slack, places[1] + slack, line.letters, which))
    edges.append(line.box.x1)
    return tuple(
        Word(
            text=unicodedata.normalize("NFC", "".join(letter.text for letter in run)),
            box=_box(line, start, end),
            confidence=_confidence(run),
        )
        for run, start, end in zip(runs, edges, edges[1:], strict=False)
    )


def unread_of(letters: Sequence[Letter], line: FoundLine, crop: Crop, *, away: float = AWAY) -> tuple[Box, ...]:
    """Letter-sized ink of a line where no letter was read, so many letters' heights away from the next."""
    places = np.array([place_of(letter, crop) for letter in letters if letter.text != " "])
    tall = line.letters[line.letters[:, 3] - line.letters[:, 1] >= TALL * line.height]
    if not len(places) or not len(tall):
        return tuple(Box(*piece) for piece in tall.tolist())
    beyond = np.maximum(tall[:, :1] - places, places - tall[:, 2:3]).min(axis=1)
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
    return crop.x0 + (letter.column + 0.5) * STEP / crop.scale


class _White(Enum):
    WIDEST = "widest"
    FIRST = "first"
    LAST = "last"


def _which(left: Letter, right: Letter) -> _White:
    """Where two words part. One sign stands for all digits of a hand: it reaches to the print beside it."""
    if right.text == HANDWRITING:
        return _White.FIRST
    return _White.LAST if left.text == HANDWRITING else _White.WIDEST


def _cut(left: float, right: float, pieces: Floats, which: _White) -> float:
    """Where two words part: the middle of a white between the letters at `left` and `right`."""
    near = pieces[(pieces[:, 2] > left) & (pieces[:, 0] < right)]
    if len(near) < 2:
        return (left + right) / 2
    reached = np.maximum.accumulate(near[:-1, 2])
    white = np.minimum(near[1:, 0], right) - np.maximum(reached, left)
    clear = np.flatnonzero(white > CLEAR * max(0.0, white.max()))
    if not len(clear):  # letters of both words touch
        return (left + right) / 2
    chosen = int(white.argmax()) if which is _White.WIDEST else int(clear[0 if which is _White.FIRST else -1])
    return float((reached[chosen] + near[chosen + 1, 0]) / 2)


def _box(line: FoundLine, start: float, end: float) -> Box:
    """Around the ink between two cuts; the line's own height where the pieces do not tell."""
    pieces = line.letters
    middle = (pieces[:, 0] + pieces[:, 2]) / 2
    own = pieces[(middle >= start) & (middle <= end)]
    if not len(own):
        return Box(start, line.box.y0, max(end, start + 1), line.box.y1)
    return Box(
        max(start, float(own[:, 0].min())),
        float(own[:, 1].min()),
        min(end, float(own[:, 2].max())),
        float(own[:, 3].max()),
    )


def _confidence(run: Sequence[Letter]) -> float:
    """The chance that all letters of the word are right."""
    return math.prod(letter.confidence for letter in run)
