"""How far an upright page's lines lean, measured on the lower edges of its letters."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.imaging.lean import Peak, sharpest
from ocr.imaging.pieces import INK, Floats, Labels, Pieces, ink_of
from ocr.opening.raw import Image

CLEAR = 1.5  # contrast of the coarse peak below which no lines stand out; noise reaches 1.3
FEWEST = 12  # letters; fewer lie on any line one likes
MOST_POINTS = 16_000  # more make it slower and no surer
NEAR = 0.6  # degrees around the coarse peak that are looked at closely
CLOSE = (1.6, 1.1, 0.8)  # pixels from a baseline within which an edge belongs to it, round by round: commas drop out
GUTTER = 60  # pixels, 10 mm at 150 dpi: a wider gap parts columns
STRIPS = 4  # bands of the page whose lean is compared
APART = 0.8  # degrees between bands that a reader sees as a sheet that slipped
FEWEST_IN_STRIP = 150  # letters for a lean of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """Lean of the text lines."""

    degrees: float  #: counter-clockwise
    confidence: float  #: 0 to 1
    uneven: float  #: degrees between the bands of the page that lean most differently; 0 where they agree


def find_skew(grey: Image, pieces: Pieces, peak: Peak | None) -> Skew | None:
    """Measure the lean of an upright page.

    grey: the reduced clean page that the pieces were found on.
    peak: of the baselines as `find_turn` found it. None where no lines stand out (blank, photo, a stamp alone): an
    answer, not a fault.
    """
    letters = pieces.letters
    if peak is None or peak.contrast < CLEAR or int(letters.sum()) < FEWEST:
        return None
    x, y = _lower_edges(grey, pieces.labels, letters)
    near = sharpest(x, y, around=peak.degrees, reach=NEAR, step=0.1)
    degrees = near.degrees + _fitted(x, y, near.degrees)
    return Skew(
        degrees=round(degrees, 3),
        confidence=round(1 - 1 / peak.contrast, 3),
        uneven=_unevenness(pieces, letters, degrees),
    )


def remaining_skew(grey: Image, without: Image) -> float:
    """What lean is left on a page that was levelled, degrees counter-clockwise; 0 where no lines are.

    without: ink of the page that is no print (rules), as 1.
    """
    x, y = lower_edges(grey, np.asarray(cv2.compare(ink_of(grey), without, cv2.CMP_GT), np.uint8))
    if len(x) < 20 * FEWEST:
        return 0.0
    near = sharpest(x, y, around=0.0, reach=0.3, step=0.1)
    return round(near.degrees + _fitted(x, y, near.degrees), 3)


def _lower_edges(grey: Image, labels: Labels, letters: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Lower edges of the letters alone: looked up at the edges of all ink, which are far fewer than pixels."""
    xs, ys = _ends((labels > 0).view(np.uint8))
    of_letter = letters[labels[ys, xs] - 1]
    return _refined(grey, xs[of_letter], ys[of_letter])


def lower_edges(grey: Image, mask: Image) -> tuple[Floats, Floats]:
    """Where ink of the mask ends downwards, to a fraction of a pixel by the grey of the two pixels there.

    mask: not 0 where ink is.
    """
    return _refined(grey, *_ends(mask))


def _ends(mask: Image) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(x, y) of pixels of the mask with none below them."""
    ends = np.asarray(cv2.compare(mask[:-1], mask[1:], cv2.CMP_GT), np.uint8)
    rows, columns = np.divmod(np.flatnonzero(ends.view(np.bool_)), ends.shape[1])  # a third of cv2.findNonZero's time
    return columns.astype(np.int32), rows.astype(np.int32)


def _refined(grey: Image, xs: NDArray[np.int32], ys: NDArray[np.int32]) -> tuple[Floats, Floats]:
    step = max(1, len(xs) // MOST_POINTS)
    ys, xs = ys[::step], xs[::step]
    ink, paper = grey[ys, xs].astype(np.float32), grey[ys + 1, xs].astype(np.float32)
    share = np.clip((INK - ink) / np.maximum(paper - ink, 1), 0, 1)
    return xs.astype(np.float32), ys.astype(np.float32) + share


def _fitted(x: Floats, y: Floats, degrees: float) -> float:
    """What is left of a lean: one slope for all baselines, by least squares over the points close to each."""
    angle = np.deg2rad(degrees)
    rows = y * np.float32(np.cos(angle)) + x * np.float32(np.sin(angle))
    along = x * np.float32(np.cos(angle)) - y * np.float32(np.sin(angle))
    rows -= rows.min()
    baselines = _baselines(rows)
    if not len(baselines):
        return 0.0
    middles = (baselines[:-1] + baselines[1:]) / 2
    nearest = np.searchsorted(middles, rows)
    near = np.abs(rows - baselines[nearest]) <= CLOSE[0]
    at, off = along[near].astype(np.float64), rows[near].astype(np.float64)
    line = _stretches(nearest[near], at)
    slope = 0.0
    for close in CLOSE[1:]:
        slope, off_by = _common_slope(line, at, off)
        kept = np.abs(off_by) <= close
        line, at, off = line[kept], at[kept], off[kept]
    slope, _ = _common_slope(line, at, off)
    return float(-np.rad2deg(np.arctan(slope)))


def _baselines(rows: Floats) -> Floats:
    """Where the rows of a levelled page have most lower edges."""
    profile = np.bincount(rows.astype(np.int32)).astype(np.float64)
    smooth = np.convolve(profile, (0.25, 0.5, 0.25), "same")
    is_peak = (smooth[1:-1] >= smooth[:-2]) & (smooth[1:-1] > smooth[2:]) & (smooth[1:-1] > 3 * smooth.mean())
    return np.flatnonzero(is_peak) + 1.5


def _stretches(line: NDArray[np.int64], at: Floats) -> NDArray[np.int64]:
    """Lines numbered anew and cut at gutters: two columns seldom share a baseline exactly."""
    order = np.argsort(line * 1e6 + at)
    cut = (np.diff(line[order]) != 0) | (np.diff(at[order]) > GUTTER)
    numbered = np.zeros(len(line), np.int64)
    numbered[order[1:]] = np.cumsum(cut)
    return numbered


def _common_slope(line: NDArray[np.int64], at: Floats, off: Floats) -> tuple[float, Floats]:
    """The slope that all lines share, and how far each point lies off its line then."""
    if not len(line):
        return 0.0, off
    count = np.maximum(np.bincount(line), 1)
    at = at - (np.bincount(line, at) / count)[line]
    off = off - (np.bincount(line, off) / count)[line]
    slope = float((at * off).sum()) / max(float((at * at).sum()), 1e-9)  # `@` would wake a thread for every core
    return slope, off - slope * at


def _unevenness(pieces: Pieces, letters: NDArray[np.bool_], degrees: float) -> float:
    """How differently the bands of a page lean, or its left and right half: a sheet that slipped, a pasted strip, a
    spread of two leaves."""
    x = (pieces.x + pieces.width / 2)[letters]
    y = (pieces.y + pieces.height)[letters]
    apart = 0.0
    for parts in (np.array_split(np.argsort(y), STRIPS), np.array_split(np.argsort(x), 2)):
        leans = []
        for part in parts:
            if len(part) < FEWEST_IN_STRIP:
                continue
            peak = sharpest(x[part], y[part], around=degrees, reach=2.0, step=0.2)
            if peak.contrast >= 2 * CLEAR:
                leans.append(peak.degrees)
        apart = max(apart, max(leans) - min(leans) if len(leans) > 1 else 0.0)
    return round(apart, 2) if apart >= APART else 0.0
