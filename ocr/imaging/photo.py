"""Makes the photo of a sheet flat: its four edges found, perspective and curl taken out.

Only where the sheet's edge shows on all four sides against a darker ground; a scan has none that leans or narrows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.imaging.ink import histogram, percentile
from ocr.opening.raw import Image

LOOK_SIDE = 600  # pixels of the long side that the sheet is looked for at
LEAST_SHARE = 0.3  # of the picture that the sheet must fill
MOST_SHARE = 0.97  # more is a scan that shows no ground
NARROWS = 0.03  # difference of opposite edges over their length, from which the sheet is seen from aside
BENT = 0.006  # of an edge's length that it bows out, from which the sheet is curled
STRAIGHT = 0.04  # most bow of an edge; more is no sheet
A4_MM = (210.0, 297.0)
SHEET_RATIO = (1.2, 1.7)  # long over short side of papers that people photograph
SAMPLES = 24  # points along an edge

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where a sheet lies in a photo; pixels of the photo."""

    corners: Floats  #: (4, 2): top left, top right, bottom right, bottom left
    edges: Floats  #: (4, SAMPLES, 2): top, right, bottom, left, each from left to right or from top to bottom


def find_sheet(image: Image, *, dpi_is_known: bool) -> Sheet | None:
    """The sheet on a photo; None for a scan, also one with a leaning sheet or black borders, which lose nothing.

    dpi_is_known: scanners say their resolution; what does is no photo, unless the sheet narrows clearly.
    """
    shrink = LOOK_SIDE / max(image.shape[:2])
    if shrink >= 1:
        return None
    columns, rows = (round(side * shrink) for side in (image.shape[1], image.shape[0]))
    small = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_LINEAR)
    grey = _brightest(np.asarray(small, np.uint8))
    if _shows_no_ground(grey):
        return None
    contour = _outline(grey)
    if contour is None:
        return None
    corners = _corners(contour)
    if corners is None:
        return None
    edges = _edges(contour, corners)
    if edges is None or not _is_seen_from_aside(corners, edges, twice=dpi_is_known):
        return None
    return Sheet(corners=corners / shrink, edges=edges / shrink)


def _brightest(image: Image) -> Image:
    """(height, width): the brightest channel."""
    if image.ndim == 2:
        return image
    blue, green, red = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def _shows_no_ground(grey: Image) -> bool:
    """Whether the picture's rim is as bright as its middle on two sides or more: then it is a scan."""
    paper = percentile(histogram(grey), 80)
    rims = (grey[:3], grey[-3:], grey[:, :3], grey[:, -3:])
    return sum(float(np.median(rim)) > 0.8 * paper for rim in rims) >= 2


def _outline(grey: Image) -> Floats | None:
    """(n, 2): the outline of the bright sheet."""
    level, _ = cv2.threshold(cv2.GaussianBlur(grey, (0, 0), 2), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = np.asarray(cv2.GaussianBlur(grey, (0, 0), 1) > level, np.uint8)
    whole = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    contours, _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    share = cv2.contourArea(largest) / grey.size
    if not LEAST_SHARE <= share <= MOST_SHARE:
        return None
    return np.asarray(largest.reshape(-1, 2), np.float32)


def _corners(contour: Floats) -> Floats | None:
    """The four corners in order, or None where the outline is no quadrangle within the picture."""
    hull = cv2.convexHull(contour)
    length = cv2.arcLength(hull, closed=True)
    for tolerance in (0.02, 0.03, 0.045, 0.06):
        quad = cv2.approxPolyDP(hull, tolerance * length, closed=True).reshape(-1, 2)
        if len(quad) == 4:
            break
    else:
        return None
    if cv2.contourArea(quad) < 0.93 * cv2.contourArea(hull):
        return None
    sums, differences = quad.sum(axis=1), quad[:, 1] - quad[:, 0]
    order = [int(sums.argmin()), int(differences.argmin()), int(sums.argmax()), int(differences.argmax())]
    if len(set(order)) != 4:
        return None
    corners = np.asarray(quad[order], np.float32)
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    across, down = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    ratio = max(across, down) / max(1.0, min(across, down))
    return corners if SHEET_RATIO[0] * 0.8 <= ratio <= SHEET_RATIO[1] * 1.15 else None


def _edges(contour: Floats, corners: Floats) -> Floats | None:
    """Points along each edge of the outline, None where one bows more than a sheet does."""
    pairs = ((0, 1), (1, 2), (3, 2), (0, 3))
    edges = []
    for start, end in pairs:
        first, last = corners[start], corners[end]
        along = last - first
        length = float(np.linalg.norm(along))
        unit = along / length
        normal = np.array([-unit[1], unit[0]], np.float32)
        relative = contour - first
        at, off = relative @ unit, relative @ normal
        near = (np.abs(off) <= STRAIGHT * length) & (at > 0) & (at < length)
        if near.sum() < SAMPLES:
            return None
        bins = np.clip((at[near] / length * SAMPLES).astype(int), 0, SAMPLES - 1)
        bows = np.array([np.median(off[near][bins == k]) if (bins == k).any() else np.nan for k in range(SAMPLES)])
        if np.isnan(bows).mean() > 0.3:
            return None
        centres = (np.arange(SAMPLES) + 0.5) / SAMPLES
        known = ~np.isnan(bows)
        curve = np.polynomial.Polynomial.fit(centres[known], bows[known], 3)
        places = np.linspace(0, 1, SAMPLES)
        edges.append(first + np.outer(places * length, unit) + np.outer(curve(places), normal))
    return np.asarray(edges, np.float32)


def _is_seen_from_aside(corners: Floats, edges: Floats, *, twice: bool) -> bool:
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    narrows = max(abs(sides[k] - sides[k + 2]) / max(sides[k], sides[k + 2]) for k in (0, 1))
    straight = [edge[0] + np.linspace(0, 1, SAMPLES)[:, None] * (edge[-1] - edge[0]) for edge in edges]
    bow = max(
        float(np.abs(edge - line).max() / np.linalg.norm(edge[-1] - edge[0]))
        for edge, line in zip(edges, straight, strict=True)
    )
    factor = 2.0 if twice else 1.0
    return bool(narrows >= NARROWS * factor or bow >= BENT * factor)


def flattened(image: Image, sheet: Sheet) -> tuple[Image, float]:
    """The sheet alone, flat, and its dpi as if it were A4.

    A Coons patch between the four edges: straight edges give the plain quadrangle, bowed ones take the curl out.
    """
    top, right, bottom, left = sheet.edges
    across = max(np.linalg.norm(top[-1] - top[0]), np.linalg.norm(bottom[-1] - bottom[0]))
    down = max(np.linalg.norm(left[-1] - left[0]), np.linalg.norm(right[-1] - right[0]))
    short, long = (across, down) if across < down else (down, across)
    if 1.2 <= long / short <= 1.7:  # A4 seen from aside: its own ratio, not the foreshortened one
        long = max(long, short * A4_MM[1] / A4_MM[0])
        short = long * A4_MM[0] / A4_MM[1]
    width, height = (round(short), round(long)) if across < down else (round(long), round(short))
    grid = _patch(sheet, 64)
    xs, ys = (cv2.resize(grid[:, :, axis], (width, height), interpolation=cv2.INTER_LINEAR) for axis in (0, 1))
    flat = cv2.remap(image, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.uint8), max(width, height) / (A4_MM[1] / 25.4)


def _patch(sheet: Sheet, side: int) -> Floats:
    """(side, side, 2): places in the photo for a regular grid on the sheet; perspective by homography, then bows."""
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    homography = cv2.getPerspectiveTransform(unit, sheet.corners)
    u, v = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    flat = cv2.perspectiveTransform(np.stack([u, v], axis=-1).reshape(1, -1, 2).astype(np.float32), homography)
    places = np.asarray(flat.reshape(side, side, 2), np.float64)
    at = np.linspace(0, 1, side)
    bows = []
    ends = (((0, 0), (1, 0)), ((1, 0), (1, 1)), ((0, 1), (1, 1)), ((0, 0), (0, 1)))  # as the edges: top, right …
    for edge, (start, end) in zip(sheet.edges, ends, strict=True):
        line = np.stack([np.linspace(a, b, side) for a, b in zip(start, end, strict=True)], axis=-1)
        on_line = cv2.perspectiveTransform(line.reshape(1, -1, 2).astype(np.float32), homography).reshape(side, 2)
        length = max(1e-6, float(np.linalg.norm(on_line[-1] - on_line[0])))
        share = np.linalg.norm(on_line - on_line[0], axis=1) / length
        samples = np.linspace(0, 1, SAMPLES)
        bowed = np.stack([np.interp(share, samples, edge[:, axis]) for axis in (0, 1)], axis=-1)
        bows.append(bowed - on_line)
    top, right, bottom, left = bows
    weight = at[:, None, None]
    places += (1 - weight) * top[None] + weight * bottom[None]
    places += (1 - at[None, :, None]) * left[:, None] + at[None, :, None] * right[:, None]
    return np.asarray(places, np.float32)
