"""How far a page's lines lean, by projection profiles of its ink (Postl, ICPR 1986)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.imaging.ink import reduced
from ocr.opening.raw import Image

PROFILE_DPI = 100.0  # enough for lines of 8-point print
INK = 140  # grey below which a levelled page has ink
REACH = 15.0  # degrees looked at on both sides
STEPS = ((0.5, REACH), (0.1, 0.5), (0.02, 0.1))  # step and reach in degrees, coarse to fine
CLEAR = 1.06  # contrast below which no lines stand out and the angle is a guess
LEAST_INK = 400  # points; fewer are no lines
MOST_INK = 60_000  # points; more make it slower and no surer


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """Lean of the text lines."""

    degrees: float  #: counter-clockwise
    contrast: float  #: sharpest profile over the middle one of all angles; 1 is a guess


def ink_points(grey: Image, dpi: float) -> NDArray[np.float32]:
    """(n, 2) places of ink as x and y from the middle, in pixels at PROFILE_DPI; rules and blots left out."""
    small = reduced(grey, dpi, PROFILE_DPI)
    ink = (small < INK).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    big = (stats[:, cv2.CC_STAT_WIDTH] > 60) | (stats[:, cv2.CC_STAT_HEIGHT] > 40)
    keep = ~big
    keep[0] = False
    ys, xs = np.nonzero(keep[labels]) if count > 1 else (np.empty(0, int), np.empty(0, int))
    if len(xs) > MOST_INK:
        chosen = np.random.default_rng(0).choice(len(xs), MOST_INK, replace=False)
        xs, ys = xs[chosen], ys[chosen]
    height, width = small.shape[:2]
    return np.stack([xs - width / 2, ys - height / 2], axis=1).astype(np.float32)


def sharpness(points: NDArray[np.float32], degrees: float) -> float:
    """How much the rows of ink stand out when the page is turned clockwise by so much; larger is sharper."""
    angle = np.deg2rad(degrees)
    rows = points[:, 1] * np.cos(angle) + points[:, 0] * np.sin(angle)
    profile = np.bincount((rows - rows.min()).astype(np.int32)).astype(np.float64)
    return float(np.sum(np.diff(profile) ** 2))


def find_skew(grey: Image, dpi: float) -> Skew | None:
    """Measure the lean of an upright page.

    grey: (height, width), cleaned. None where no lines stand out (blank, photo): an answer, not a fault.
    """
    points = ink_points(grey, dpi)
    if len(points) < LEAST_INK:
        return None
    best, contrast = 0.0, 1.0
    for step, reach in STEPS:
        angles = best + np.arange(-reach, reach + step / 2, step)
        scores = np.array([sharpness(points, float(angle)) for angle in angles])
        best = float(angles[int(scores.argmax())])
        if reach == REACH:
            contrast = float(scores.max() / max(1.0, float(np.median(scores))))
    if contrast < CLEAR or abs(best) > REACH - 0.5:
        return None
    return Skew(degrees=round(best, 3), contrast=round(contrast, 2))
