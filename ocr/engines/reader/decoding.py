"""From the network's chances to letters: which, where, how sure (CTC's best path)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.engines.reader.confidence import AS_GIVEN, Calibration
from ocr.engines.reader.letters import HANDWRITING, LETTERS

CLEARLY_BLANK = 9.0  # logits between "no letter" and the likeliest letter beyond which a column holds no doubt
BLANK = 0  # CTC's class for "no new letter here"

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that was read."""

    text: str
    column: float  #: of the network's output where it stands, middle of its run
    confidence: float  #: 0 to 1, calibrated
    other: str  #: the next likeliest letter in its place, "" where that is none
    other_chance: float  #: 0 to 1


def chances(logits: Floats) -> Floats:
    """(columns, classes) of probabilities."""
    scaled: Floats = logits - logits.max(axis=1, keepdims=True)
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled


def decode(logits: Floats, calibration: Calibration = AS_GIVEN) -> list[Letter]:
    """The letters of one line, blanks among them.

    A letter's chance is that of its own class at its best column, times the chance that no third letter stands in
    its columns or in those up to the next one: what a blank column nearly was counts as doubt. Its confidence is
    how often letters of such a chance were right.
    """
    if not logits.size:
        return []
    clear = logits[:, 1:].max(axis=1) < logits[:, BLANK] - CLEARLY_BLANK
    columns = np.flatnonzero(~clear)  # more than half are clearly blank: what is left out costs nothing
    likely = chances(logits[columns])
    best = likely.argmax(axis=1)
    before = np.where(np.diff(columns, prepend=-2) == 1, np.concatenate([[BLANK], best[:-1]]), BLANK)
    begins = (best != BLANK) & (best != before)
    starts = np.flatnonzero(begins)
    if not len(starts):
        return []
    classes = best[starts]
    runs = np.cumsum(begins) - 1  # of each column: which letter was the last to begin
    in_run = np.flatnonzero(best != BLANK)  # a blank column ends a run, so that all of these belong to theirs
    own = likely[in_run, best[in_run]]
    last = np.searchsorted(runs[in_run], np.arange(len(starts)), side="right") - 1
    ends, peaks = in_run[last], in_run[np.lexsort((own, runs[in_run]))[last]]
    trusts = np.multiply.reduceat(1 - _doubts(likely, classes, runs, peaks), np.concatenate([[0], starts[1:]]))
    others, chances_of = _others(likely[peaks], classes)
    middles = (columns[starts] + columns[ends]) / 2
    sure = calibration(likely[peaks, classes] * trusts)
    columns_of = zip(
        classes.tolist(), middles.tolist(), sure.tolist(), others.tolist(), chances_of.tolist(), strict=True
    )
    letters = [
        Letter(LETTERS[own_one - 1], middle, confidence, "" if other == BLANK else LETTERS[other - 1], chance)
        for own_one, middle, confidence, other, chance in columns_of
    ]
    return _one_hand(letters)


def _doubts(likely: Floats, classes: Ints, runs: Ints, peaks: Ints) -> Floats:
    """For each column the chance of the likeliest letter that is neither its own nor the neighbour on its side.

    The one before counts again behind a letter's best column: `2023 -2025` may lack a second blank.
    """
    columns = np.arange(len(likely))
    rest = likely.copy()
    neighbour = np.where(columns < peaks[np.maximum(runs, 0)], runs - 1, runs + 1)
    for which in (runs, neighbour):
        rest[columns, classes[np.clip(which, 0, len(classes) - 1)]] = 0
    rest[:, BLANK] = 0
    return np.asarray(rest.max(axis=1))


def _others(rows: Floats, classes: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
    """The next likeliest class in each letter's best column, and its chance."""
    rows = rows.copy()
    every = np.arange(len(rows))
    rows[every, classes] = 0
    second = rows.argmax(axis=1)
    return second, rows[every, second]


def _one_hand(letters: list[Letter]) -> list[Letter]:
    """Hand-writing is one sign for one run, though its strokes may have given several."""
    kept: list[Letter] = []
    for letter in letters:
        before = next((one for one in reversed(kept) if one.text != " "), None)
        if letter.text == HANDWRITING and before is not None and before.text == HANDWRITING:
            while kept[-1].text == " ":
                kept.pop()
            continue
        kept.append(letter)
    return kept
