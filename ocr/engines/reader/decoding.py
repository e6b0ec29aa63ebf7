"""From the network's chances to letters: which, where, how sure (CTC's best path)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocr.engines.reader.confidence import AS_GIVEN, Calibration
from ocr.engines.reader.letters import CLASS_OF, HANDWRITING, LETTERS

DOUBTED = 0.998  # confidence of a letter below which another is worth a look
FURTHER = 3  # such letters beyond the next likeliest
CLEARLY_BLANK = 9.0  # logits between "no letter" and the likeliest letter beyond which a column holds no doubt
BLANK = 0  # CTC's class for "no new letter here"

Floats = NDArray[np.float32]
Levels = NDArray[np.uint8] | Floats
Ints = NDArray[np.int64]


class Letter(NamedTuple):
    """One letter that was read. A tuple: pages hold thousands, and a frozen dataclass takes five times as long."""

    text: str
    column: float  #: of the network's output where it stands, middle of its run
    confidence: float  #: 0 to 1, calibrated
    other: str  #: the next likeliest letter in its place, "" where that is none
    other_chance: float  #: 0 to 1
    more: tuple[tuple[str, float], ...] = ()  #: what else it may be and the chance, of a letter in doubt


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of many lines that may hold a letter, one line after the other, lines without letters left out."""

    levels: Levels  #: (n, classes), `step` logits each
    step: float
    column: Ints  #: (n,) in its own line
    line: Ints  #: (n,)
    best: Ints  #: (n,) likeliest class
    begins: NDArray[np.bool_]  #: (n,) a letter's first column
    most: Floats  #: (n,) level of the likeliest class
    total: Floats  #: (n,) of all classes' chances, the likeliest one's being 1

    def chances(self, levels: Levels, rows: Ints) -> Floats:
        """Of classes with these levels in these columns, a row for one level each."""
        chances = np.exp((levels - self.most[rows]) * np.float32(self.step), dtype=np.float32)
        return np.asarray(chances / self.total[rows], np.float32)

    def best_chances(self, rows: Ints) -> Floats:
        """Of the likeliest class in each of these columns."""
        return np.asarray(1 / self.total[rows], np.float32)


def decode(levels: Levels, step: float = 1.0, calibration: Calibration = AS_GIVEN) -> list[Letter]:
    """The letters of one line; see decode_lines."""
    return decode_lines([levels], step, calibration)[0]


def decode_lines(
    lines: Sequence[Levels], step: float = 1.0, calibration: Calibration = AS_GIVEN
) -> list[list[Letter]]:
    """The letters of each line, blanks among them; (columns, classes) each, in levels of `step` logits.

    A letter's chance is that of its own class at its best column, times the chance that no third letter stands in
    its columns or in those up to the next one: what a blank column nearly was counts as doubt. Its confidence is
    how often letters of such a chance were right.
    """
    found: list[list[Letter]] = [[] for _ in lines]
    full = [index for index, levels in enumerate(lines) if levels.size]
    if not full:
        return found
    columns = _that_may_hold_letters(lines, full, step)
    starts = np.flatnonzero(columns.begins)
    if not len(starts):
        return found
    best = columns.best
    classes, line_of = best[starts], columns.line[starts]
    runs = np.cumsum(columns.begins) - 1  # of each column: which letter was the last to begin
    in_run = np.flatnonzero(best != BLANK)  # a blank column ends a run, so that all of these belong to theirs
    own = columns.best_chances(in_run)
    last = np.searchsorted(runs[in_run], np.arange(len(starts)), side="right") - 1
    ends, peaks = in_run[last], in_run[np.lexsort((own, runs[in_run]))[last]]
    leads = np.searchsorted(line_of, columns.line)  # of each column: its line's first letter
    runs = np.maximum(runs, leads)  # columns before it are its own
    trails = np.searchsorted(line_of, columns.line, side="right") - 1
    firsts = np.searchsorted(runs, np.arange(len(starts)))
    trusts = np.multiply.reduceat(1 - _doubts(columns, classes, runs, peaks, (leads, trails)), firsts)
    others, chances_of = _others(columns, peaks, classes)
    middles = (columns.column[starts] + columns.column[ends]) / 2
    sure = calibration(columns.best_chances(peaks) * trusts)
    more = _further(columns, peaks, (classes, others), np.flatnonzero(sure < DOUBTED))
    for index, (line, own_one, middle, confidence, other, chance) in enumerate(
        zip(*(values.tolist() for values in (line_of, classes, middles, sure, others, chances_of)), strict=True)
    ):
        further = more.get(index, ())
        found[line].append(Letter(LETTERS[own_one - 1], middle, confidence, _text(other), chance, further))
    for line in set(line_of[classes == CLASS_OF[HANDWRITING]].tolist()):
        found[line] = _one_hand(found[line])
    return found


def _that_may_hold_letters(lines: Sequence[Levels], which: Sequence[int], step: float) -> _Columns:
    """More than half of the columns are clearly blank: what is left out costs nothing."""
    below = CLEARLY_BLANK / step
    places = [
        np.flatnonzero(lines[i][:, 1:].max(axis=1) >= lines[i][:, BLANK].astype(np.float32) - below) for i in which
    ]
    levels = np.concatenate([lines[index][held] for index, held in zip(which, places, strict=True)])
    column = np.concatenate(places)
    line = np.repeat(which, [len(held) for held in places])
    best = levels.argmax(axis=1)
    follows = (np.diff(column, prepend=-2) == 1) & (np.diff(line, prepend=-1) == 0)
    before = np.where(follows, np.concatenate([[BLANK], best[:-1]])[: len(best)], BLANK)
    begins = (best != BLANK) & (best != before)
    full = np.isin(line, line[begins])
    if not full.all():
        levels, column, line, best, begins = levels[full], column[full], line[full], best[full], begins[full]
    most = levels[np.arange(len(levels)), best].astype(np.float32)
    chances = np.subtract(levels, most[:, None], dtype=np.float32)
    chances *= np.float32(step)
    total = np.exp(chances, out=chances).sum(axis=1)
    return _Columns(levels, step, column, line, best, begins, most, total)


def _doubts(columns: _Columns, classes: Ints, runs: Ints, peaks: Ints, ends: tuple[Ints, Ints]) -> Floats:
    """For each column the chance of the likeliest letter that is neither its own nor the neighbour on its side.

    The one before counts again behind a letter's best column: `2023 -2025` may lack a second blank.
    ends: for each column its line's first and last letter, which have no neighbours beyond.
    """
    every = np.arange(len(columns.levels))
    neighbour = np.clip(np.where(every < peaks[runs], runs - 1, runs + 1), *ends)
    rest = _without(columns.levels, classes[runs], classes[neighbour], BLANK)
    return columns.chances(rest.max(axis=1), every)


def _others(columns: _Columns, peaks: Ints, classes: Ints) -> tuple[Ints, Floats]:
    """The next likeliest class in each letter's best column, and its chance."""
    second = _without(columns.levels[peaks], classes).argmax(axis=1)
    return second, columns.chances(columns.levels[peaks, second], peaks)


def _further(
    columns: _Columns, peaks: Ints, known: tuple[Ints, Ints], which: Ints
) -> dict[int, tuple[tuple[str, float], ...]]:
    """The letters that come behind the `known` ones in the best columns of the letters `which`, likeliest first."""
    at = peaks[which]
    rest = _without(columns.levels[at], *(classes[which] for classes in known), BLANK)
    ranked = np.argsort(-rest.astype(np.float32), axis=1, kind="stable")[:, :FURTHER].T
    chances = [columns.chances(columns.levels[at, classes], at).tolist() for classes in ranked]
    texts = [[_text(one) for one in classes] for classes in ranked.tolist()]
    pairs = (zip(said, sure, strict=True) for said, sure in zip(texts, chances, strict=True))
    return dict(zip(which.tolist(), zip(*pairs, strict=True), strict=True))


def _without(levels: Levels, *classes: Ints | int) -> Levels:
    """The levels with these classes, one of each row or of all, as unlikely as any."""
    rest = levels.copy()
    every = np.arange(len(rest))
    least = rest.min(initial=0)
    for which in classes:
        rest[every, which] = least
    return rest


def _text(own_class: int) -> str:
    return "" if own_class == BLANK else LETTERS[own_class - 1]


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
