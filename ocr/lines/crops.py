"""Cuts lines out of a page: 40 pixels high, straight, without pieces of their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.lines.finding import FoundLine, FoundLines
from ocr.opening.raw import Image

CROP_HEIGHT = 40  # pixels; what the network takes
NARROWED = 0.8  # of the width that keeps the proportions: letters stay apart at a fifth less work
AIR = (0.15, 0.08)  # of a line's height, left and right, above and below
LEAST_AIR = (3, 2)  # pixels of the page
NARROWEST = 12  # pixels of a crop
MARGIN = 8  # pixels of a crop, white, behind its end: a full stop there is lost without (34 of 41 on scans came back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """A line as the reader sees it."""

    image: Image  #: (CROP_HEIGHT, width), black print on white
    x0: float  #: page pixels where the crop begins
    scale: float  #: crop pixels across for one of the page


def cut_out(grey: Image, found: FoundLines, index: int, *, beyond: tuple[float, float] = (0.0, 0.0)) -> Crop | None:
    """The crop of line `index`; None where nothing is left of it.

    grey: the page that the lines were found on. beyond: pixels more of it to the left and to the right.
    """
    line = found.lines[index]
    height, width = grey.shape
    tall = line.box.height
    air_x, air_y = max(LEAST_AIR[0], round(AIR[0] * tall)), max(LEAST_AIR[1], round(AIR[1] * tall))
    x0 = max(0, int(line.box.x0 - beyond[0]) - air_x)
    x1 = min(width, int(np.ceil(line.box.x1 + beyond[1])) + air_x)
    reach = int(np.ceil(abs(line.drop) * (x1 - x0) / 2))
    y0, y1 = round(line.box.y0) - air_y, round(line.box.y1) + air_y
    top, bottom = max(0, y0 - reach), min(height, y1 + reach)
    if x1 - x0 < 3 or bottom - top < 6:
        return None
    cut = _without_others(grey[top:bottom, x0:x1], found, index, (x0, top))
    scale = CROP_HEIGHT / (y1 - y0)
    across = max(NARROWEST, round((x1 - x0) * scale * NARROWED))
    if line.drop or top != y0 - reach or bottom != y1 + reach:
        image = _straightened(cut, line, (x0, top, y0), (across, scale))
    else:
        shrinks = scale < 1
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(cut, (across, CROP_HEIGHT), interpolation=how), np.uint8)
    image = np.asarray(cv2.copyMakeBorder(image, 0, 0, 0, MARGIN, cv2.BORDER_CONSTANT, value=255), np.uint8)
    return Crop(image=image, x0=float(x0), scale=across / (x1 - x0))


def _without_others(cut: Image, found: FoundLines, index: int, corner: tuple[int, int]) -> Image:
    """The cut with the ink of other lines painted white."""
    scale, (x0, y0) = found.scale, corner
    height, width = cut.shape
    left, top = int(x0 * scale), int(y0 * scale)
    right, bottom = int(np.ceil((x0 + width) * scale)), int(np.ceil((y0 + height) * scale))
    owner = found.line_of[found.labels[top:bottom, left:right]]
    others = ((owner != 0) & (owner != index + 1)).astype(np.uint8)
    if not others.any():
        return cut
    others = cv2.dilate(others, np.ones((3, 3), np.uint8))
    others[owner == index + 1] = 0
    if scale != 1:
        others = cv2.resize(others, (width, height), interpolation=cv2.INTER_NEAREST)
    cleaned = cut.copy()
    cleaned[others[:height, :width] > 0] = 255
    return cleaned


def _straightened(cut: Image, line: FoundLine, corner: tuple[int, int, int], size: tuple[int, float]) -> Image:
    """The cut scaled, then sheared level; what lies beyond the page is paper."""
    x0, top, y0 = corner
    across, scale = size
    height, width = cut.shape
    narrowed = across / width
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(cut, (across, max(1, round(height * scale))), interpolation=how)
    middle = ((line.box.x0 + line.box.x1) / 2 - x0) * narrowed
    slope = line.drop * scale / narrowed
    back = np.array([[1, 0, 0], [slope, 1, (y0 - top) * scale - slope * middle]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    level = cv2.warpAffine(
        small, back, (across, CROP_HEIGHT), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    return np.asarray(level, np.uint8)
