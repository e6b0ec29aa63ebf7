"""Brings print in coloured ink to the reader: urgency stamps, names and titles stamped in red or blue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import Box
from ocr.imaging.ink import all_ink, levelled_light
from ocr.imaging.marks import PrintedLine
from ocr.opening.raw import Image

AIR_MM = 0.7  # around the letters: less than to the frame of a stamp
LIGHT_MM = 5.0  # further around, for the paper's tone
BETWEEN_MM = 8.0  # white between lines that are read together


@dataclass(frozen=True, slots=True)
class Strip:
    """A line that stood askew, straightened, on the sheet that is read apart."""

    top: int  #: first and last row on that sheet
    bottom: int
    back: NDArray[np.float64]  #: (2, 3): from that sheet to the stored page


def with_level_print(
    grey: Image, faithful: Image, lines: Sequence[PrintedLine], *, dpi: float, scale: float
) -> Image:
    """The working copy with level coloured lines as black print.

    dpi: of the stored page. scale: pixels of the working copy for one of the stored page.
    """
    level = [line for line in lines if line.degrees == 0.0]
    if not level:
        return grey
    copy = grey.copy()
    for line in level:
        box = _around(line.box, AIR_MM / 25.4 * dpi, faithful)
        wide = _around(line.box, LIGHT_MM / 25.4 * dpi, faithful)
        x0, y0, x1, y1 = (int(value) for value in box)
        left, top, right, bottom = (int(value) for value in wide)
        ink = levelled_light(all_ink(np.ascontiguousarray(faithful[top:bottom, left:right])), dpi)
        ink = ink[y0 - top : y1 - top, x0 - left : x1 - left]
        a0, b0, a1, b1 = (round(value * scale) for value in (x0, y0, x1, y1))
        a1, b1 = min(a1, copy.shape[1]), min(b1, copy.shape[0])
        if a1 - a0 < 8 or b1 - b0 < 8:
            continue
        fitted = cv2.resize(ink, (a1 - a0, b1 - b0), interpolation=cv2.INTER_LINEAR)
        copy[b0:b1, a0:a1] = cv2.min(copy[b0:b1, a0:a1], fitted)
    return copy


def sheet_of_tilted_print(
    faithful: Image, lines: Sequence[PrintedLine], *, dpi: float
) -> tuple[Image, tuple[Strip, ...]] | None:
    """Lines that stand askew, straightened and put under each other on a sheet of their own; None without any."""
    tilted = [line for line in lines if line.degrees != 0.0]
    if not tilted:
        return None
    gap, air = round(BETWEEN_MM / 25.4 * dpi), round(2 * AIR_MM / 25.4 * dpi)
    ink = all_ink(faithful)
    rows: list[Image] = []
    strips: list[Strip] = []
    width = max(round(line.size[0]) for line in tilted) + 2 * (air + gap)
    top = gap
    for line in tilted:
        across, down = round(line.size[0]) + 2 * air, round(line.size[1]) + 2 * air
        matrix = cv2.getRotationMatrix2D(line.box.centre, -line.degrees, 1.0)
        matrix[:, 2] += np.array([across / 2 - line.box.centre[0], down / 2 - line.box.centre[1]])
        strip = cv2.warpAffine(ink, matrix, (across, down), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        padded = cv2.copyMakeBorder(
            levelled_light(np.asarray(strip, np.uint8), dpi),
            gap, 0, gap, width - across - gap, cv2.BORDER_CONSTANT, value=255,
        )  # fmt: skip
        rows.append(np.asarray(padded, np.uint8))
        shifted = np.vstack([matrix, [0, 0, 1]])
        shifted = np.array([[1, 0, gap], [0, 1, top], [0, 0, 1.0]]) @ shifted
        strips.append(Strip(top, top + down, np.linalg.inv(shifted)[:2]))
        top += down + gap
    rows.append(np.full((gap, width), 255, np.uint8))
    return np.vstack(rows), tuple(strips)


def back_on_page(box: Box, strip: Strip) -> Box:
    """Where a box of the sheet lies on the stored page."""
    corners = np.array([(x, y, 1.0) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]) @ strip.back.T
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return Box(round(float(x0), 1), round(float(y0), 1), round(float(x1), 1), round(float(y1), 1))


def _around(box: Box, margin: float, image: Image) -> Box:
    height, width = image.shape[:2]
    return Box(
        max(0, int(box.x0 - margin)),
        max(0, int(box.y0 - margin)),
        min(width, int(np.ceil(box.x1 + margin))),
        min(height, int(np.ceil(box.y1 + margin))),
    )
