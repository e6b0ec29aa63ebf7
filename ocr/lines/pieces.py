"""Ink of a clean page taken apart: rules, letters and marks, and what is too large to be print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.opening.raw import Image

FINDING_DPI = 150.0  # lines are found at this resolution: four times as cheap as at 300, and no line fewer
INK = (165, 215)  # grey below which the reduced page bears ink, for black print and for faded
NEARLY = 1.01  # times a whole number of pixels that are reduced to one
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
Numbers = NDArray[np.integer[Any]]
Counted = TypeVar("Counted")


@dataclass(frozen=True, kw_only=True)
class InkPieces:
    """Connected pieces of ink without rules and specks; arrays of one length, boxes in pixels of the reduced page."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    area: Floats
    number: NDArray[np.int32]  #: of the piece in `labels`
    labels: Numbers  #: (height, width); 0 is paper
    upright_rules: Image  #: (height, width), 1 where a vertical rule runs
    dpi: float  #: of the reduced page
    scale: float  #: reduced pixels for one of the page

    @cached_property
    def width(self) -> Floats:
        """Pixels across, of each."""
        return self.x1 - self.x0

    @cached_property
    def height(self) -> Floats:
        """Pixels down, of each."""
        return self.y1 - self.y0

    @cached_property
    def middle_x(self) -> Floats:
        """Of each."""
        return (self.x0 + self.x1) / 2

    @cached_property
    def middle_y(self) -> Floats:
        """Of each."""
        return (self.y0 + self.y1) / 2

    @cached_property
    def boxes(self) -> Floats:
        """(n, 4) x0, y0, x1, y1."""
        return np.stack([self.x0, self.y0, self.x1, self.y1], axis=1)

    @cached_property
    def dashes(self) -> Bools:
        """Which pieces may be hyphens: low and wide."""
        low = self.height < LETTER[0] * self.dpi
        return low & (self.width >= 1.5 * self.height) & (self.width < 0.2 * self.dpi)

    @cached_property
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
        return self.letters & (self.height < ACCENT * tallest) & (tallest <= LETTER[1] * self.dpi)

    @cached_property
    def too_large(self) -> Bools:
        """Which pieces are no print: seals, signatures, pictures."""
        chain = (self.height <= CHAIN[0] * self.dpi) & (self.width <= CHAIN[1] * self.dpi)
        return ((self.height > TALLEST * self.dpi) | (self.width > WIDEST * self.dpi)) & ~chain

    @cached_property
    def letters(self) -> Bools:
        """Which pieces have the size of letters, or of a few grown together; the others are marks or too large."""
        low, high = LETTER[0] * self.dpi, LETTER[1] * self.dpi
        body = (self.height >= low) & (self.height <= high) & (self.width >= 0.008 * self.dpi)
        return body & ~self.too_large


def take_apart(grey: Image, dpi: float) -> InkPieces:
    """The pieces of a clean, level page.

    grey: (height, width), black print on white, at `dpi`.
    """
    small, scale = _reduced(grey, min(1.0, FINDING_DPI / dpi))
    dpi *= scale
    ink = np.asarray(cv2.threshold(small, _threshold(small) - 1, 1, cv2.THRESH_BINARY_INV)[1], np.uint8)
    across = _turned(_upright_runs(_turned(ink), round(HORIZONTAL_RULE * dpi)))
    upright = _upright_runs(ink, round(VERTICAL_RULE * dpi))
    for rules, thicker in ((across, (3, 1)), (upright, (1, 3))):
        ink &= 1 - np.asarray(cv2.dilate(rules, np.ones(thicker, np.uint8)), np.uint8)
    _, labels, stats, _ = numbered(lambda kind: cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=kind))
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
        labels=cast(Numbers, labels),
        upright_rules=upright,
        dpi=dpi,
        scale=scale,
    )


def _reduced(grey: Image, scale: float) -> tuple[Image, float]:
    """The page at about `scale`, and what the scale is: whole steps cost a twentieth of broken ones.

    What is left between 1 and 2 pixels for one is taken between neighbours, which is nearly their mean.
    """
    whole = int(NEARLY / scale)
    if whole > 1:
        height, width = (side // whole for side in grey.shape)
        even = grey[: height * whole, : width * whole]
        grey = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    rest = scale * whole
    if abs(rest - 1) < NEARLY - 1:
        return grey, 1 / whole
    return np.asarray(cv2.resize(grey, None, fx=rest, fy=rest, interpolation=cv2.INTER_LINEAR), np.uint8), scale


def _threshold(small: Image) -> int:
    """Halfway between the page's print and its paper; thin strokes turn pale when a page is reduced."""
    dark = np.count_nonzero(small < SURELY_INK)
    low, high = 2 * INK[0] - 255, 2 * INK[1] - 255  # of the print's median; beyond them the answer is one of INK
    while low < high:
        middle = (low + high) // 2
        if 2 * np.count_nonzero(small <= middle) < dark:
            low = middle + 1
        else:
            high = middle
    return min(max((low + 255) // 2, INK[0]), INK[1])


def _upright_runs(ink: Image, length: int) -> Image:
    """The ink, (height, width) of 0 and 1, that stands in vertical runs of `length` pixels; the page's edge is ink.

    An opening, on eight pixels at once: OpenCV's takes five times as long.
    """
    width = ink.shape[1]
    before, after = length // 2, length - 1 - length // 2
    bits = np.packbits(ink, axis=1)
    bits = np.pad(bits, ((before, after), (0, 0)), constant_values=255)
    centres = _along(bits, length, np.bitwise_and)
    centres = np.pad(centres, ((after, before), (0, 0)))
    return np.unpackbits(_along(centres, length, np.bitwise_or), axis=1, count=width)


def _turned(ink: Image) -> Image:
    return np.asarray(cv2.transpose(ink), np.uint8)


def _along(bits: Image, length: int, join: Callable[[Image, Image], Image]) -> Image:
    """Each row joined with the length - 1 rows below it, which makes as many rows fewer."""
    reach = 1
    while reach < length:
        step = min(reach, length - reach)
        bits = join(bits[:-step], bits[step:])
        reach += step
    return bits


def numbered(count: Callable[[int], Counted]) -> Counted:
    """What OpenCV counts in numbers of the kind given: small ones, which take half the time, or large ones."""
    try:
        return count(cv2.CV_16U)
    except cv2.error:  # more than 65,535 pieces: a page full of dirt
        return count(cv2.CV_32S)
