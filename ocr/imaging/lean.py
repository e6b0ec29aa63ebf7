"""How straight edges stand out when a page is turned: projection profiles of points (Postl, ICPR 1986)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

REACH = 16.0  # degrees looked at on both sides: scans lean up to 15


@dataclass(frozen=True, slots=True)
class Peak:
    """The angle at which points fall into the sharpest rows."""

    degrees: float  #: counter-clockwise
    sharpness: float  #: mean number of points that share a row with a point, over all points; 0 to 1
    contrast: float  #: sharpness over that of the middle one of all angles; 1 is a guess


def sharpness(x: Floats, y: Floats, degrees: float) -> float:
    """How closely the points crowd into rows once a lean of so many degrees is undone: the sum of squared rows."""
    angle = np.deg2rad(degrees)
    rows = y * np.float32(np.cos(angle)) + x * np.float32(np.sin(angle))
    profile = np.bincount((rows - rows.min()).astype(np.int32)).astype(np.float64)
    smooth = profile[:-1] + profile[1:]  # a row's edge must not cut a line of letters in two
    return float(smooth @ smooth) / (2.0 * len(x) ** 2) if len(smooth) else 0.0


def sharpest(x: Floats, y: Floats, *, around: float = 0.0, reach: float = REACH, step: float = 0.5) -> Peak:
    """The sharpest of the angles within `reach` of `around`."""
    angles = around + np.arange(-reach, reach + step / 2, step)
    scores = np.array([sharpness(x, y, float(angle)) for angle in angles])
    best = int(scores.argmax())
    middle = max(float(np.median(scores)), 1e-12)
    degrees = float(angles[best]) + step * _vertex(scores, best)
    return Peak(degrees, float(scores[best]), float(scores[best]) / middle)


def _vertex(scores: NDArray[np.float64], best: int) -> float:
    """Where between the steps the peak lies, -0.5 to 0.5, by the parabola through three scores."""
    if not 0 < best < len(scores) - 1:
        return 0.0
    before, at, after = scores[best - 1 : best + 2]
    bend = before - 2 * at + after
    return float(0.5 * (before - after) / bend) if bend < 0 else 0.0
