"""Tells a blank page from one that bears something, be it one stamp or very pale print."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.imaging.ink import reduced
from ocr.opening.raw import Image

LOOK_DPI = 100.0
BORDER = 0.03  # share of each side that punch holes, shadows and torn edges may have
CONTRAST = 22  # grey steps below the paper that count as a mark; show-through stays under it
MARK_MM2 = 6.0  # marks of print, a stamp or a signature together cover more than this
SPECK_MM = 0.35  # smaller things are dust


def is_blank(image: Image, dpi: float) -> bool:
    """Whether nothing was printed, stamped or written on this side.

    image: as scanned, colour or grey. Colour marks count by their strongest channel's drop, show-through is weak
    and blurred and does not.
    """
    small = reduced(image, dpi, LOOK_DPI)
    scale = min(dpi, LOOK_DPI) / 25.4  # pixels a millimetre
    height, width = small.shape[:2]
    inner = small[
        int(height * BORDER) : height - int(height * BORDER), int(width * BORDER) : width - int(width * BORDER)
    ]
    darkest: Image = inner if inner.ndim == 2 else np.asarray(inner.min(axis=2), np.uint8)
    paper = cv2.medianBlur(cv2.morphologyEx(darkest, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8)), 31)
    drop = cv2.subtract(paper, cv2.GaussianBlur(darkest, (3, 3), 0))
    marks = ((drop >= CONTRAST) & (_edges(darkest) > 18)).astype(np.uint8)
    marks = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    speck = SPECK_MM * scale
    kept = [
        area
        for _, _, across, down, area in stats[1:count]
        if max(across, down) >= 2 * speck and area >= speck * speck
    ]
    return bool(sum(kept) / scale**2 < MARK_MM2)


def _edges(grey: Image) -> Image:
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
