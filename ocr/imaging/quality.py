"""How good a scan is, and whether a clerk should make it again."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import cv2
import numpy as np

from ocr.imaging.ink import Inks, from_level, histogram, percentile
from ocr.opening.raw import Image

LEAST_SHARP = 0.25  # below it Tesseract's line error doubles (tests/benchmarks/imaging.py)
LEAST_CONTRAST = 0.2
STEEP = 40  # grey levels between neighbours from which there is an edge
FEWEST_PIXELS = 50  # of print, below which there is none to judge
UNREADABLE_DPI = 120.0  # below it accents of 13-point print are a pixel wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Figures of a scan's print."""

    sharpness: float  #: 0 blurred to 1 crisp: share of the way from paper to ink made within a third of a millimetre
    contrast: float  #: 0 to 1: paper's tone less the print's


def find_quality(grey: Image, inks: Inks) -> Quality:
    """Sharpness on the clean page, contrast on the scan as it came.

    grey: the clean page at about 150 dpi. A page without print has neither; both are 0.
    """
    densities = histogram(inks.density, mask=inks.dark.view(np.uint8))
    if densities.sum() < FEWEST_PIXELS:
        return Quality(sharpness=0.0, contrast=0.0)
    edge = np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.uint8)
    steep = cv2.countNonZero(from_level(edge, STEEP))
    sharp = _exceeded_by(edge, 0.1 * steep) / 255 if steep >= FEWEST_PIXELS else 0.0
    return Quality(sharpness=round(sharp, 3), contrast=round(percentile(densities, 75) / 255, 3))


def _exceeded_by(image: Image, pixels: float) -> int:
    """The least value that no more than so many pixels exceed; halving its range costs less than counting them."""
    return bisect_left(range(255), -pixels, key=lambda value: -cv2.countNonZero(from_level(image, value + 1)))


def reason_to_scan_again(quality: Quality, *, dpi: float, dpi_is_known: bool, min_dpi: int, letters: int) -> str:
    """In a clerk's words; "" where the scan will do."""
    if dpi < UNREADABLE_DPI and dpi_is_known:
        return f"scanned at {dpi:.0f} dpi: accents cannot be told apart; scan it again at 300 dpi"
    if dpi < min_dpi and dpi_is_known:
        return f"scanned at {dpi:.0f} dpi, the rules ask for {min_dpi} or more; scan it again at 300 dpi"
    if letters >= 30 and 0 < quality.sharpness < LEAST_SHARP:
        return "the print is blurred; clean the glass, lay the sheet flat and scan it again"
    if letters >= 30 and 0 < quality.contrast < LEAST_CONTRAST:
        return "the print is very pale; scan it again with a darker setting"
    return ""
