"""Facts of a page's pixels: are they too many, what colours are there, how many to the inch."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.errors import PageTooLarge, PageTooSmall
from ocr.opening.raw import Image, Limits
from ocr.page import Colour

MM_PER_INCH = 25.4
A4_LONG_MM = 297.0
_DPI = (72.0, 1200.0)  # what scanners do
_LONG_MM = (120.0, 700.0)  # a bit less than A6 to a bit more than A2, where a paper's long side lies
_SHORT_MM = (60.0, 500.0)
_UNKNOWING = (72.0, 96.0)  # what programs write that do not know; true only where it gives A4 or A5
_A_SERIES_MM = ((148.0, 210.0), (210.0, 297.0))  # A3 at 72 has as many pixels as A4 at 100, which is likelier
_A_SERIES_SLACK = 0.03
_NOT_SQUARE = 1.04  # dpi across over down; fax has 1.04 to 2.1, rounded page sizes stay below

_CHROMA = 16  # levels between the channels, of means of 4 by 4 pixels: JPEG noise goes, a stroke of blue ink stays
_ROWS = 16  # of such means looked at together: as many as stay in the processor's cache
_COLOURED = 5e-5  # share of the page: 2 mm squared of an A4 page


def check_size(width: int, height: int, *, limits: Limits, source: str, page: int) -> None:
    """Before anything is decoded: raises PageTooLarge, PageTooSmall."""
    if width * height > limits.max_pixels:
        raise PageTooLarge(
            source,
            page,
            f"has {width:,} by {height:,} pixels, more than the {limits.max_pixels:,} that are taken",
            mend="scan it again at 300 dpi, or raise the limit if it is a real map",
        )
    if min(width, height) < limits.min_side:
        raise PageTooSmall(
            source,
            page,
            f"has {width} by {height} pixels, too few for a line of text",
            mend="scan it again at 300 dpi, or take it out if it is no page",
        )


def with_true_colour(image: Image, *, stored_bits: int = 8) -> tuple[Image, Colour]:
    """The image and its colours as they are, whatever it was saved as.

    image: (height, width) or (height, width, 3); what holds only grey comes back as (height, width).
    stored_bits: of a pixel in the file; 1 is black and white even where the page is blank.
    """
    if image.ndim == 3:
        if _has_colour(image):
            return image, Colour.COLOUR
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    if stored_bits == 1:
        return image, Colour.BILEVEL
    levels = np.count_nonzero(cv2.calcHist([image], [0], None, [256], [0, 256]))
    return image, Colour.BILEVEL if levels == 2 else Colour.GREY


def _has_colour(image: Image) -> bool:
    """Looked for from the bottom, where seals and signatures are, until enough is found."""
    height, width = (max(1, side // 4) for side in image.shape[:2])
    found = 0
    for bottom in range(height, 0, -_ROWS):
        rows = min(_ROWS, bottom)
        strip = image[4 * (bottom - rows) : 4 * bottom, : 4 * width]
        half = cv2.resize(
            strip, (2 * width, 2 * rows), interpolation=cv2.INTER_AREA
        )  # halving is what OpenCV does fast
        blue, green, red = cv2.split(cv2.resize(half, (width, rows), interpolation=cv2.INTER_AREA))
        chroma = cv2.subtract(cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red))
        found += int(np.count_nonzero(np.asarray(chroma) > _CHROMA))
        if found > _COLOURED * height * width:
            return True
    return False


def believable_dpi(width: int, height: int, across: float, down: float) -> bool:
    """Can the file's claim be true? It must be a scanner's, and give a paper between A6 and A2."""
    if not (_DPI[0] <= across <= _DPI[1] and _DPI[0] / 2 <= down <= _DPI[1]):
        return False
    short, long = sorted((width / across * MM_PER_INCH, height / down * MM_PER_INCH))
    if any(abs(across - dpi) < 0.5 for dpi in _UNKNOWING):
        return any(
            abs(short / a - 1) < _A_SERIES_SLACK and abs(long / b - 1) < _A_SERIES_SLACK for a, b in _A_SERIES_MM
        )
    return _LONG_MM[0] <= long <= _LONG_MM[1] and _SHORT_MM[0] <= short <= _SHORT_MM[1]


def estimated_dpi(width: int, height: int) -> float:
    """As if the page were as long as A4."""
    return max(width, height) / (A4_LONG_MM / MM_PER_INCH)


def with_square_pixels(image: Image, across: float, down: float) -> tuple[Image, float]:
    """The image with as many dots across as down, and how many: a fax has twice as many across."""
    if max(across, down) / min(across, down) <= _NOT_SQUARE:
        return image, (across + down) / 2
    dpi = max(across, down)
    height, width = image.shape[:2]
    size = (round(width * dpi / across), round(height * dpi / down))
    stretched = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(stretched, np.uint8), dpi
