"""Which way is up: told from the pieces of ink alone, without reading.

Letters stand on a common baseline, while their tops differ: x-height, ascenders, capitals, and in Vietnamese one or
two marks more. So of the four sides of all pieces one lines up best, and that side is the baseline. The axis (lines
across or down the page) and the sense (which side of them is up) come out of the same measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ocr.imaging.lean import Peak, sharpest
from ocr.imaging.pieces import Floats, Pieces

LINES = 1.4  # contrast of the sharpest side below which there are no lines: a photo, a drawing, noise
FEWEST = 8  # letters; fewer do not make a line that could be told from chance
AXIS_WEIGHT = 1.3  # of log contrast times root of letters
SENSE_WEIGHT = 2.0  # of log sharpness times root of letters; the one wrong page of 190 measured stands at 0.72 then
SURE = 0.98  # confidence from which the other turns are not tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How a scan's content is turned."""

    rotation: int  #: degrees counter-clockwise: 0, 90, 180, 270
    confidence: float  #: 0.25 is a guess
    others: tuple[int, ...]  #: further turns worth trying, likeliest first; empty where the evidence is clear
    peak: Peak | None  #: of the baselines, in the frame of the upright page; None where there are no letters


def find_turn(pieces: Pieces, *, rotation: int | None = None) -> Turn:
    """Measure how a page is turned. A page without letters is taken as upright, with the confidence of a guess.

    rotation: taken as given; then the confidence is that of this turn.
    """
    across, down = pieces.letters, pieces.lying_letters
    if max(int(across.sum()), int(down.sum())) < FEWEST:
        return Turn(rotation=rotation or 0, confidence=0.25, others=(), peak=None)
    x, y, right, bottom = pieces.x, pieces.y, pieces.x + pieces.width, pieces.y + pieces.height
    middle_x, middle_y = x + pieces.width / 2, y + pieces.height / 2
    sides: dict[int, Peak] = {}
    for turn, lower, upper, chosen in (
        (0, (middle_x, bottom), (-middle_x, -y), across),
        (90, (-middle_y, right), (middle_y, -x), down),
    ):
        sides[turn], sides[turn + 180] = _both_sides(lower, upper, chosen)
    return _judged(sides, int(across.sum()), int(down.sum()), rotation)


def _both_sides(
    lower: tuple[Floats, Floats], upper: tuple[Floats, Floats], chosen: NDArray[np.bool_]
) -> tuple[Peak, Peak]:
    """The sharpest lean of two opposite sides of the letters.

    Both are tried at the same angles: sharpness falls off within a tenth of a degree, else they would not compare.
    """
    if int(chosen.sum()) < FEWEST:
        return Peak(0.0, 1e-9, 1.0), Peak(0.0, 1e-9, 1.0)
    low, high = ((x[chosen], y[chosen]) for x, y in (lower, upper))
    coarse = sharpest(*low)
    share = coarse.contrast / coarse.sharpness
    one, other = (sharpest(*side, around=coarse.degrees, reach=0.6, step=0.1) for side in (low, high))
    return (
        Peak(one.degrees, one.sharpness, share * one.sharpness),
        Peak(other.degrees, other.sharpness, share * other.sharpness),
    )


def _judged(sides: dict[int, Peak], across: int, down: int, given: int | None) -> Turn:
    """The likeliest turn and how likely each is: axis and sense are independent evidence."""
    level = max(sides[0].contrast, sides[180].contrast) * sqrt(across)
    upright = max(sides[90].contrast, sides[270].contrast) * sqrt(down)
    if max(peak.contrast for peak in sides.values()) < LINES:
        return Turn(rotation=given or 0, confidence=0.25, others=(), peak=None)
    likely_level = _logistic(AXIS_WEIGHT * log(level / upright) * sqrt(max(across, down)) / 4)
    likely = {}
    for first, second, axis, letters in ((0, 180, likely_level, across), (90, 270, 1 - likely_level, down)):
        margin = log(sides[first].sharpness / sides[second].sharpness) * sqrt(letters)
        sense = _logistic(SENSE_WEIGHT * margin)
        likely[first], likely[second] = axis * sense, axis * (1 - sense)
    ranked = sorted(likely, key=lambda turn: -likely[turn])
    best = ranked[0] if given is None else given
    others = tuple(turn for turn in ranked if turn != best and likely[turn] > 1 - SURE) if likely[best] < SURE else ()
    return Turn(rotation=best, confidence=round(likely[best], 4), others=others, peak=sides[best])


def _logistic(value: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, value))))
