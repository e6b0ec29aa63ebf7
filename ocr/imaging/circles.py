"""Finds round seals: rings of ink, whole, broken or cut by the page's edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import Box

RADIUS_MM = (9.0, 26.0)  # of seals: agencies' measure 36 mm across, small ones 22, the largest 42
SPOKES = 90  # directions in which a ring is looked for
COVERED = 0.55  # share of them that must meet ink
BEST_SHARE = 0.72  # of the best coverage: a larger circle with so much is the outer ring of the same seal
MOST_CENTRES = 24  # that are looked at, best votes first
MOST_SEALS = 6  # of a page; what is found beyond is a pattern

BoolImage = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Circle:
    """A ring, in pixels of the mask that it was found on."""

    x: float
    y: float
    radius: float
    coverage: float  #: share of its directions within the page that meet ink

    @property
    def box(self) -> Box:
        """What it fills, also beyond the page's edge."""
        return Box(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


def find_circles(mask: BoolImage, dpi: float, *, covered: float = COVERED, votes: int = 10) -> tuple[Circle, ...]:
    """Rings of ink, best first.

    mask: (height, width) at 70 to 150 dpi; centres are voted for at half of that, circles fitted on it.
    votes: of the Hough transform, below which a centre is not looked at.
    Source: gradient Hough transform; Yuen et al., Image and Vision Computing 1990.
    """
    mm = dpi / 25.4
    grey = cv2.resize(mask.astype(np.uint8) * 255, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(grey, (0, 0), 0.175 * mm)
    least, most = (round(radius * mm / 2) for radius in RADIUS_MM)
    voted = cv2.HoughCircles(
        grey, cv2.HOUGH_GRADIENT, 1.5, 2 * mm, param1=80, param2=votes, minRadius=least, maxRadius=most
    )
    if voted is None:
        return ()
    found = 2 * voted.reshape(-1, 3)[:MOST_CENTRES]
    near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    rough = [ring for x, y, _ in found if (ring := _best_radius(near, x, y, mm))]
    chosen: list[Circle] = []
    for ring in sorted(rough, key=lambda one: -one.coverage * one.radius):
        if len(chosen) == MOST_SEALS or ring.coverage < 0.6 * covered:
            break
        if any(np.hypot(ring.x - one.x, ring.y - one.y) < 0.8 * max(ring.radius, one.radius) for one in chosen):
            continue
        fitted = _fitted(near, ring, mm)
        if fitted.coverage >= covered:
            chosen.append(fitted)
    return tuple(chosen)


def _fitted(near: BoolImage, ring: Circle, mm: float) -> Circle:
    """The ring with its centre moved by up to two millimetres where it is covered better."""
    best = ring
    for step in (0.8, 0.4):
        shifts = np.arange(-2, 3) * step * mm
        tried = [_best_radius(near, best.x + dx, best.y + dy, mm) for dx in shifts for dy in shifts]
        best = max([best, *[one for one in tried if one]], key=lambda one: one.coverage)
    return best


def _best_radius(near: BoolImage, x: float, y: float, mm: float) -> Circle | None:
    height, width = near.shape
    radii, across, down = _rings(mm)
    xs = np.rint(across + x).astype(np.int32)
    ys = np.rint(down + y).astype(np.int32)
    reach = float(radii[-1]) + 1
    if reach <= min(x, y, width - 1 - x, height - 1 - y):
        coverage = np.count_nonzero(near.ravel().take(ys * width + xs), axis=1) / SPOKES
    else:
        inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
        hit = near[np.clip(ys, 0, height - 1), np.clip(xs, 0, width - 1)] & inside
        seen = inside.sum(axis=1)
        coverage = np.where(seen >= SPOKES // 3, hit.sum(axis=1) / np.maximum(seen, 1), 0.0)
    if coverage.max() <= 0:
        return None
    index = int(np.flatnonzero(coverage >= BEST_SHARE * coverage.max())[-1])
    return Circle(float(x), float(y), float(radii[index]), float(coverage[index]))


@lru_cache(maxsize=8)
def _rings(mm: float) -> tuple[Floats, Floats, Floats]:
    """Radii that are tried, and the places of all spokes on each: (radii, spokes) across and down from the centre."""
    angles = np.linspace(0, 2 * np.pi, SPOKES, endpoint=False)
    radii = np.arange(RADIUS_MM[0] * mm, RADIUS_MM[1] * mm, max(1.0, 0.3 * mm))
    return radii, np.outer(radii, np.cos(angles)), np.outer(radii, np.sin(angles))
