"""Connected pieces of ink on a reduced page: letters, marks and what is too large to be one.

Lean, turn, lines and layout facts are all measured on them, so they are found once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.imaging.turning import Placement
from ocr.opening.raw import Image

INK = 150  # grey below which a clean page bears ink
LETTER_MM = (
    1.2,
    8.0,
)  # height of what may be a letter or a few grown together: 6-point small ones to 24-point capitals
LONGEST_MM = 10.0  # longer pieces are rules, frames, signatures

Floats = NDArray[np.floating]
Labels = NDArray[np.uint16]


@dataclass(frozen=True, slots=False, kw_only=True)
class Pieces:
    """All pieces of a reduced page; arrays of one length, boxes in its pixels."""

    x: Floats
    y: Floats
    width: Floats
    height: Floats
    area: Floats
    labels: Labels  #: (height, width) of the page; 0 is paper, k is piece k - 1
    dpi: float  #: of the reduced page

    @cached_property
    def letters(self) -> NDArray[np.bool_]:
        """Which pieces may be letters."""
        mm = self.dpi / 25.4
        longest = np.maximum(self.width, self.height)
        low, high = (side * mm for side in LETTER_MM)
        return (self.height >= low) & (self.height < high) & (self.width >= low / 4) & (longest < LONGEST_MM * mm)

    @cached_property
    def lying_letters(self) -> NDArray[np.bool_]:
        """Which pieces may be letters of lines that run from top to bottom."""
        mm = self.dpi / 25.4
        longest = np.maximum(self.width, self.height)
        low, high = (side * mm for side in LETTER_MM)
        return (self.width >= low) & (self.width < high) & (self.height >= low / 4) & (longest < LONGEST_MM * mm)

    def placed(self, placement: Placement, scale: float) -> Pieces:
        """The pieces where the placement puts them, each as large as it was; `labels` is left empty.

        scale: pixels of the scan for one of the pieces'.
        """
        size = (self.height, self.width) if placement.rotation in (90, 270) else (self.width, self.height)
        middle_x = (self.x + self.width / 2) * scale
        middle_y = (self.y + self.height / 2) * scale
        (a, b, c), (d, e, f) = placement.matrix
        x, y = (a * middle_x + b * middle_y + c) / scale, (d * middle_x + e * middle_y + f) / scale
        return Pieces(
            x=x - size[0] / 2,
            y=y - size[1] / 2,
            width=size[0],
            height=size[1],
            area=self.area,
            labels=np.zeros((0, 0), np.uint16),
            dpi=self.dpi,
        )

    def mask(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(height, width): the pixels of the chosen pieces."""
        keep = np.concatenate([np.zeros(1, bool), chosen])
        return np.asarray(keep[self.labels])


def find_pieces(grey: Image, dpi: float) -> Pieces:
    """The pieces of ink on a clean page.

    grey: (height, width), reduced to about 150 dpi: at the full resolution it costs four times as much and tells no
    more. Where there are more than 65,535, specks are left out; where that does not help, the
    page is noise and has none.
    """
    ink = ink_of(grey)
    labels, stats = _labelled(ink) or _labelled(np.asarray(cv2.medianBlur(ink, 3), np.uint8)) or _nothing(grey)
    x, y, width, height, area = stats[1:].T.astype(np.float32)
    return Pieces(x=x, y=y, width=width, height=height, area=area, labels=labels, dpi=dpi)


def ink_of(grey: Image) -> Image:
    """1 where a clean page bears ink, else 0."""
    return np.asarray(cv2.threshold(grey, INK - 1, 1, cv2.THRESH_BINARY_INV)[1], np.uint8)


def _labelled(ink: Image) -> tuple[Labels, NDArray[np.int32]] | None:
    """Labels and OpenCV's table of pieces; None where there are too many."""
    try:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_16U)
    except cv2.error:  # more labels than 16 bits hold
        return None
    return np.asarray(labels, np.uint16), np.asarray(stats, np.int32)


def _nothing(grey: Image) -> tuple[Labels, NDArray[np.int32]]:
    return np.zeros(grey.shape[:2], np.uint16), np.zeros((1, 5), np.int32)
