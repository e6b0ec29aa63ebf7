"""Ink of a clean page taken apart: rules, letters and marks, and what is too large to be print."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.opening.raw import Image

FINDING_DPI = 150.0  # lines are found at this resolution: four times as cheap as at 300, and no line fewer
INK = (165, 215)  # grey below which the reduced page bears ink, for black print and for faded
SURELY_INK = 200  # grey; the median of what is darker tells how faded a page is
HORIZONTAL_RULE = 0.42  # inches; longer straight ink is a rule, not a letter's bar
VERTICAL_RULE = 0.36
SPECK = 1.1  # square hundredths of an inch; smaller ink is noise
LETTER = (0.04, 0.30)  # inches: height of 6-point small letters to 24-point capitals with marks
ACCENT = 0.95  # height of an accent over that of the letter under it, at most; stacked bold ones reach 0.8
ACCENT_GAP = 0.03  # inches between the two, at most
TALLEST, WIDEST = 0.40, 1.0  # inches; larger pieces are seals, signatures, pictures
CHAIN = (0.25, 2.5)  # inches: letters that bled into one another stay low and may be this wide

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class InkPieces:
    """Connected pieces of ink without rules and specks; arrays of one length, boxes in pixels of the reduced page."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    area: Floats
    number: NDArray[np.int32]  #: of the piece in `labels`
    labels: NDArray[np.int32]  #: (height, width); 0 is paper
    upright_rules: Image  #: (height, width), 1 where a vertical rule runs
    dpi: float  #: of the reduced page
    scale: float  #: reduced pixels for one of the page

    @property
    def width(self) -> Floats:
        """Pixels across, of each."""
        return self.x1 - self.x0

    @property
    def height(self) -> Floats:
        """Pixels down, of each."""
        return self.y1 - self.y0

    @property
    def middle_x(self) -> Floats:
        """Of each."""
        return (self.x0 + self.x1) / 2

    @property
    def middle_y(self) -> Floats:
        """Of each."""
        return (self.y0 + self.y1) / 2

    def dashes(self) -> Bools:
        """Which pieces may be hyphens: low and wide."""
        low = self.height < LETTER[0] * self.dpi
        return low & (self.width >= 1.5 * self.height) & (self.width < 0.2 * self.dpi)

    def accents(self) -> Bools:
        """Letter-sized pieces that stand close above a clearly taller one: bold accents, grown together."""
        reach = max(2, round(ACCENT_GAP * self.dpi))
        height, width = self.labels.shape
        where = np.full(int(self.labels.max(initial=0)) + 1, -1)
        where[self.number] = np.arange(len(self.number))
        tallest = np.zeros(len(self.x0))
        for share in (0.15, 0.5, 0.85):
            columns = np.clip((self.x0 + share * self.width).astype(int), 0, width - 1)
            for below in range(reach):
                rows = np.clip(self.y1.astype(int) + below, 0, height - 1)
                under = where[self.labels[rows, columns]]
                tallest = np.maximum(tallest, np.where(under >= 0, self.height[under], 0))
        return self.letters() & (self.height < ACCENT * tallest) & (tallest <= LETTER[1] * self.dpi)

    def too_large(self) -> Bools:
        """Which pieces are no print: seals, signatures, pictures."""
        chain = (self.height <= CHAIN[0] * self.dpi) & (self.width <= CHAIN[1] * self.dpi)
        return ((self.height > TALLEST * self.dpi) | (self.width > WIDEST * self.dpi)) & ~chain

    def letters(self) -> Bools:
        """Which pieces have the size of letters, or of a few grown together; the others are marks or too large."""
        low, high = LETTER[0] * self.dpi, LETTER[1] * self.dpi
        body = (self.height >= low) & (self.height <= high) & (self.width >= 0.008 * self.dpi)
        return body & ~self.too_large()


def take_apart(grey: Image, dpi: float) -> InkPieces:
    """The pieces of a clean, level page.

    grey: (height, width), black print on white, at `dpi`.
    """
    scale = min(1.0, FINDING_DPI / dpi)
    small = grey if scale == 1 else _reduced(grey, scale)
    dpi *= scale
    ink = cv2.threshold(small, _threshold(small) - 1, 1, cv2.THRESH_BINARY_INV)[1]
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(HORIZONTAL_RULE * dpi)), np.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((round(VERTICAL_RULE * dpi), 1), np.uint8))
    ink[cv2.dilate(across, np.ones((3, 1), np.uint8)) > 0] = 0
    ink[cv2.dilate(upright, np.ones((1, 3), np.uint8)) > 0] = 0
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
    keep = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= SPECK * (dpi / 100) ** 2)
    keep = keep[keep > 0]
    x, y, width, height, area = stats[keep].T.astype(np.float64)
    return InkPieces(
        x0=x,
        y0=y,
        x1=x + width,
        y1=y + height,
        area=area,
        number=keep.astype(np.int32),
        labels=np.asarray(labels, np.int32),
        upright_rules=np.asarray(upright),
        dpi=dpi,
        scale=scale,
    )


def _reduced(grey: Image, scale: float) -> Image:
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _threshold(small: Image) -> int:
    """Halfway between the page's print and its paper; thin strokes turn pale when a page is reduced."""
    counts = np.cumsum(cv2.calcHist([small], [0], None, [256], [0, 256]).ravel()[:SURELY_INK])
    print_level = int(np.searchsorted(counts, counts[-1] / 2)) if counts[-1] else 0
    return min(max((print_level + 255) // 2, INK[0]), INK[1])
