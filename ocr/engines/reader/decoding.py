"""From the network's chances to letters: which, where, how sure (CTC's best path)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.engines.reader.letters import HANDWRITING, LETTERS

BLANK = 0  # CTC's class for "no new letter here"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that was read."""

    text: str
    column: float  #: of the network's output where it stands, middle of its run
    confidence: float  #: 0 to 1, calibrated
    other: str  #: the next likeliest letter in its place, "" where that is none
    other_chance: float  #: 0 to 1


def chances(logits: Floats, temperature: float) -> Floats:
    """(columns, classes) of probabilities; a temperature over 1 makes them humbler."""
    scaled = logits * np.float32(1 / temperature)
    scaled -= scaled.max(axis=1, keepdims=True)
    np.exp(scaled, out=scaled)
    scaled /= scaled.sum(axis=1, keepdims=True)
    return scaled


def decode(logits: Floats, temperature: float) -> list[Letter]:
    """The letters of one line, blanks among them.

    A letter's confidence is the chance of its own class at its best column, times the chance that no third letter
    stands in its columns or in those up to the next one: what a blank column nearly was counts as doubt.
    """
    best = logits.argmax(axis=1)
    starts = np.flatnonzero((best != BLANK) & (best != np.concatenate([[BLANK], best[:-1]])))
    if not len(starts):
        return []
    likely = chances(logits, temperature)
    ends = _ends(best, starts)
    classes = best[starts]
    doubts = _doubts(likely, classes, starts)
    letters = []
    bounds = np.concatenate([starts[1:], [len(best)]])
    for index, (start, end, bound) in enumerate(zip(starts.tolist(), ends.tolist(), bounds.tolist(), strict=True)):
        own = likely[start:end, classes[index]]
        peak = start + int(own.argmax())
        sure = float(own.max()) * float(np.prod(1 - doubts[start if index else 0 : bound]))
        other, chance = _other(likely[peak], int(classes[index]))
        letters.append(Letter(LETTERS[classes[index] - 1], (start + end - 1) / 2, sure, other, chance))
    return _one_hand(letters)


def _ends(best: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the run of each start's class ends."""
    changes = np.concatenate([np.flatnonzero(np.diff(best)) + 1, [len(best)]])
    return np.asarray(changes[np.searchsorted(changes, starts, side="right")])


def _doubts(likely: Floats, classes: NDArray[np.int64], starts: NDArray[np.int64]) -> Floats:
    """For each column the chance of the likeliest letter that is neither its own, nor the one before or after."""
    columns = np.arange(len(likely))
    owner = np.maximum(np.searchsorted(starts, columns, side="right") - 1, 0)
    after = np.minimum(owner + 1, len(classes) - 1)
    before = np.maximum(owner - 1, 0)
    rest = likely.copy()
    for index in (owner, before, after):
        rest[columns, classes[index]] = 0
    rest[:, BLANK] = 0
    return np.asarray(rest.max(axis=1))


def _other(row: Floats, own: int) -> tuple[str, float]:
    row = row.copy()
    row[own] = 0
    second = int(row.argmax())
    return ("" if second == BLANK else LETTERS[second - 1]), float(row[second])


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
