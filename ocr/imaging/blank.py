"""Tells a blank side from one that bears something, be it one stamp or very pale print."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.imaging.ink import all_ink, over_paper, paper_tone
from ocr.imaging.scale import LOOK_DPI, PRINT_DPI, enlarged_to, halved_to
from ocr.opening.raw import Image

BORDER_MM = 5.0  # of each side, where shadows, torn edges and the scanner's frame lie
FAINT = 20  # density of 255 from which anything is seen
TEXTURE = 3.7  # interquartile ranges of the paper's own texture, 5 standard deviations, that a mark stands out by
STRONG = 90  # density that nothing reaches which shines through paper
CRISP = 0.62  # edge over density: print has 0.7 to 1 however pale, what shines through the paper 0.2 to 0.5
NOISE = 1.5  # interquartile ranges of the paper's texture, by which it steepens any edge
SPECK_MM = 0.35  # smaller things are dust
NEAR_MM = 2.5  # pieces of one mark lie this near to each other
LONE_MM = 2.4  # a single thing as long as this is a mark; dust is smaller
GROUP_MM = 3.5  # so is a group of pieces as wide as this
LETTER_MM = 1.3  # pieces as tall as letters; a seal that came through from the other side leaves smaller spots
SPATTER = 12  # pieces in a group, from which it may be the spots of ink that came through
SPOTS = 0.72  # share of a group's ink in pieces of a letter's size, below which it is such spots
HOLE_MM = (3.5, 9.0)  # punch holes: round, solid, near an edge
HOLE_FROM_EDGE_MM = 25.0
STREAK = 0.5  # share of a side: a straight line as long is a fold or the scanner's dirt


def is_blank(image: Image, dpi: float) -> bool:
    """Whether nothing was printed, stamped or written on this side.

    image: as scanned, colour or grey. What shines through from the other side is pale and blurred, or, where ink
    came through, falls into spots; neither counts, nor do punch holes, folds, dust and the sheet's edges.
    """
    small, small_dpi = halved_to(image, dpi, PRINT_DPI)
    ink = all_ink(small)
    if small_dpi > 1.2 * PRINT_DPI:
        shrink = PRINT_DPI / small_dpi
        ink = np.asarray(cv2.resize(ink, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
        small_dpi = PRINT_DPI
    density = _density(ink, small_dpi)
    mm = small_dpi / 25.4
    border = min(round(BORDER_MM * mm), min(density.shape) // 4)
    density = density[border : density.shape[0] - border, border : density.shape[1] - border]
    marks = _crisp(density)
    count, labelled, table, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    labels, pieces = np.asarray(labelled, np.int32), np.asarray(table, np.int32)
    sides = pieces[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1] / mm
    keep = (sides.max(axis=1) >= SPECK_MM) & ~_no_mark(pieces, density.shape[:2], mm)
    keep[0] = False
    if count < 2 or not keep.any():
        return True
    return not _bears_a_mark(keep, labels, pieces, mm)


def _density(grey: Image, dpi: float) -> Image:
    small, small_dpi = halved_to(grey, dpi, LOOK_DPI)
    paper = enlarged_to(paper_tone(small, small_dpi), (grey.shape[1], grey.shape[0]))
    return np.asarray(cv2.bitwise_not(over_paper(grey, paper)), np.uint8)


def _crisp(density: Image) -> Image:
    """Pixels of marks with sharp edges, as 0 and 1."""
    quarter, middle, three = (float(value) for value in np.percentile(density[::3, ::3], (25, 50, 75)))
    faint = max(FAINT, middle + TEXTURE * (three - quarter))
    edge = cv2.morphologyEx(density, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    peak = cv2.dilate(density, np.ones((9, 9), np.uint8))  # of the stroke, not of its flank
    needed = np.rint(np.maximum(np.arange(256), faint) * CRISP + NOISE * (three - quarter))
    needed = np.minimum(needed, 255).astype(np.uint8)
    crisp = cv2.subtract(edge, cv2.LUT(peak, needed))
    return np.asarray(((crisp > 0) & (peak >= faint)) | (density >= STRONG), np.uint8)


def _no_mark(pieces: NDArray[np.int32], shape: tuple[int, int], mm: float) -> NDArray[np.bool_]:
    """Punch holes, folds and streaks, and what runs into the page's edge."""
    x, y, width, height, _ = pieces.T.astype(np.float64)
    rows, columns = shape
    at_edge = (x <= 1) | (y <= 1) | (x + width >= columns - 1) | (y + height >= rows - 1)
    short, long = np.minimum(width, height), np.maximum(width, height)
    from_edge = np.minimum(
        np.minimum(x + width / 2, columns - x - width / 2), np.minimum(y + height / 2, rows - y - height / 2)
    )
    hole = (short >= HOLE_MM[0] * mm) & (long <= HOLE_MM[1] * mm) & (long < 1.25 * short)
    hole &= from_edge <= (HOLE_FROM_EDGE_MM - BORDER_MM) * mm
    streak = (height >= STREAK * rows) | (width >= STREAK * columns)
    return np.asarray((at_edge & (short < 10 * mm)) | hole | streak)


def _bears_a_mark(keep: NDArray[np.bool_], labels: NDArray[np.int32], pieces: NDArray[np.int32], mm: float) -> bool:
    near = round(NEAR_MM * mm) | 1
    mask = keep.astype(np.uint8)[labels]
    _, groups = cv2.connectedComponents(cv2.dilate(mask, np.ones((near, near), np.uint8)), connectivity=8)
    ys, xs = np.nonzero(mask)
    owner = np.zeros(len(pieces), np.int32)
    owner[labels[ys, xs]] = groups[ys, xs]
    for group in np.unique(owner[keep]):
        members = pieces[keep & (owner == group)]
        tallest = members[:, 2:4].max(axis=1) / mm
        areas = members[:, cv2.CC_STAT_AREA]
        if len(members) >= SPATTER and areas[tallest >= LETTER_MM].sum() < SPOTS * areas.sum():
            continue
        x0, y0 = members[:, 0].min(), members[:, 1].min()
        x1, y1 = (members[:, 0] + members[:, 2]).max(), (members[:, 1] + members[:, 3]).max()
        wide = max(x1 - x0, y1 - y0) / mm
        if tallest.max() >= LONE_MM or ((tallest >= LETTER_MM).sum() > 1 and wide >= GROUP_MM):
            return True
    return False
