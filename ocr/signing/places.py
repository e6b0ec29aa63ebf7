"""Where on page 1 a signature is shown: in its corner, beside print and stamps wherever there is room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray

from ocr.geometry import Box
from ocr.pdf.checking import opened_by_pdfium

_EDGE = 14.0  # points from the page's edge: scanners leave shadows there
_DOWN = 0.25  # of the page's height, how far from the top its corner reaches
_STEP = 3  # points between two places that are tried
_SCALES = (1.0, 0.85, 0.7)  # a smaller stamp beside the print is better than a larger one over it
_DARKER = 30  # grey levels than the paper around: ink at 72 dpi
_PAPER = 31  # pixels of the neighbourhood whose lightest tone is the paper's
_CLEAR = 2  # points between print and stamp
_SPECKS = 3  # pixels that are dust and no print
_SMALLNESS = 120.0  # points further from the corner that a stamp goes before it becomes half as large


class Corner(StrEnum):
    """Of the page as it is seen."""

    TOP_LEFT = "top left"
    TOP_RIGHT = "top right"


@dataclass(frozen=True, slots=True)
class Place:
    """A box for a stamp."""

    box: tuple[float, float, float, float]  #: in the page's own space: left, bottom, right, top
    turn: int  #: degrees clockwise by which the page is turned for viewing
    scale: float  #: of the stamp
    covers: bool  #: whether there was no room beside what is on the page


def find_place(pdf: Path, corner: Corner, width: float, height: float) -> Place:
    """The place nearest to the corner of page 1 where a stamp covers nothing; else where it covers least.

    width, height: points of the upright stamp. Raises PdfInvalid where the file does not open.
    """
    ink, turn, origin, size = _looked_at(pdf)
    sums = np.asarray(cv2.integral(ink.astype(np.uint8)), dtype=np.int32)
    tried = [
        (_within(sums, box), away + _SMALLNESS * (1 - scale) * 2, box, scale)
        for scale in _SCALES
        for away, box in _candidates(corner, ink.shape, width * scale, height * scale)
    ]
    if not tried:  # a page smaller than the stamp
        tried = [(_SPECKS + 1, 0.0, Box(0.0, 0.0, min(width, ink.shape[1]), min(height, ink.shape[0])), _SCALES[-1])]
    free = [one for one in tried if one[0] <= _SPECKS]
    _, _, box, scale = min(free, key=lambda one: one[1]) if free else min(tried)
    return Place(_in_page_space(box, turn, origin, size), turn, scale, covers=not free)


def _candidates(corner: Corner, shape: tuple[int, ...], wide: float, high: float) -> Iterator[tuple[float, Box]]:
    """Distance from the corner and box, in points of the page as it is seen, from its top left."""
    across, down = shape[1], shape[0]
    lowest = max(_DOWN * down - high, _EDGE)
    reach = max(across / 2 - wide - _EDGE, 0.0)
    for right in np.arange(0.0, reach + 1, _STEP):
        for low in np.arange(_EDGE, lowest + 1, _STEP):
            left = _EDGE + right if corner is Corner.TOP_LEFT else across - _EDGE - wide - right
            box = Box(float(left), float(low), float(left) + wide, float(low) + high)
            if box.x0 >= 0 and box.x1 <= across and box.y1 <= down:
                yield float(right + low), box


def _within(sums: NDArray[np.int32], box: Box) -> int:
    """How much ink lies in a box and close around it."""
    x0, y0 = max(int(box.x0) - _CLEAR, 0), max(int(box.y0) - _CLEAR, 0)
    x1, y1 = min(int(box.x1) + 1 + _CLEAR, sums.shape[1] - 1), min(int(box.y1) + 1 + _CLEAR, sums.shape[0] - 1)
    return int(sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0])


def _looked_at(pdf: Path) -> tuple[NDArray[np.bool_], int, tuple[float, float], tuple[float, float]]:
    """Ink of page 1 as it is seen, a pixel a point; its turn; lower left corner and size in its own space."""
    with pikepdf.open(pdf) as opened:
        page = opened.pages[0]
        x0, y0, x1, y1 = (float(value) for value in page.mediabox)
        turn = int(page.obj.get("/Rotate", 0)) % 360
        others = [[float(value) for value in one.Rect] for one in page.obj.get("/Annots", ()) if "/Rect" in one]
    with opened_by_pdfium(pdf) as document:
        image = np.array(document[0].render(scale=1, grayscale=True).to_numpy().squeeze())
    paper = cv2.morphologyEx(image, cv2.MORPH_CLOSE, np.ones((_PAPER, _PAPER), np.uint8))
    ink = np.asarray(cv2.subtract(paper, image) > _DARKER)
    for rect in others:
        box = _as_seen(rect, turn, (x0, y0), (x1 - x0, y1 - y0))
        ink[max(int(box.y0), 0) : int(box.y1) + 1, max(int(box.x0), 0) : int(box.x1) + 1] = True
    return ink, turn, (x0, y0), (x1 - x0, y1 - y0)


def _in_page_space(
    box: Box, turn: int, origin: tuple[float, float], size: tuple[float, float]
) -> tuple[float, float, float, float]:
    """From points of the page as it is seen, from its top left, to the page's own space."""
    (left, bottom), (wide, high) = origin, size
    x0, y0, x1, y1 = {
        0: (box.x0, high - box.y1, box.x1, high - box.y0),
        90: (box.y0, box.x0, box.y1, box.x1),
        180: (wide - box.x1, box.y0, wide - box.x0, box.y1),
        270: (wide - box.y1, high - box.x1, wide - box.y0, high - box.x0),
    }[turn]
    return x0 + left, y0 + bottom, x1 + left, y1 + bottom


def _as_seen(rect: list[float], turn: int, origin: tuple[float, float], size: tuple[float, float]) -> Box:
    """The other way round."""
    (left, bottom), (wide, high) = origin, size
    x0, y0, x1, y1 = rect[0] - left, rect[1] - bottom, rect[2] - left, rect[3] - bottom
    return {
        0: Box(x0, high - y1, x1, high - y0),
        90: Box(y0, x0, y1, x1),
        180: Box(wide - x1, y0, wide - x0, y1),
        270: Box(high - y1, wide - x1, high - y0, wide - x0),
    }[turn]
