"""Parts ink from paper: a clean grey page for reading, red seals and blue ink faded, light and paper levelled."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.geometry import Box
from ocr.opening.raw import Image

SMALL_DPI = 75.0  # statistics of light and paper need no more
WINDOW_MM = 4.0  # the paper's light is looked for within this; wider than any stroke, narrower than shadows
DARKEST = 0.5  # percent of pixels taken as full black
PAPER = 245  # grey that counts as paper after levelling
FADED = 90  # pages whose darkest ink is paler than this are stretched less, so that noise stays noise

RED_HUE = 12  # of 180: this near to red on both sides
RED_SATURATION = 60
SEAL_MM = (14.0, 60.0)  # least and most side of a seal: round agency seals measure 28 to 40 mm


def brightest(image: Image) -> Image:
    """The brightest channel of each pixel: red seals and blue ink fade, black print stays.

    (height, width); a grey image is returned as it is.
    """
    if image.ndim == 2:
        return image
    blue, green, red = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(blue, green), red))


def reduced(image: Image, dpi: float, target: float) -> Image:
    """The image at `target` dpi, or itself where it has no more."""
    scale = target / dpi
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def levelled_light(grey: Image, dpi: float) -> Image:
    """Paper white, print black, whatever the light, the paper's tone and what shines through.

    grey: (height, width). The paper is estimated on a reduced image by closing, print is divided by it.
    """
    small = reduced(grey, dpi, SMALL_DPI)
    size = max(3, round(WINDOW_MM / 25.4 * min(dpi, SMALL_DPI))) | 1
    closed = cv2.morphologyEx(
        small, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    paper_small = cv2.medianBlur(closed, min(2 * size + 1, 255))
    paper = cv2.resize(paper_small, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    level = cv2.divide(grey, np.maximum(paper, 32), scale=255)
    histogram = cv2.calcHist([reduced(np.asarray(level, np.uint8), dpi, 150.0)], [0], None, [256], [0, 256]).ravel()
    share = np.cumsum(histogram) / max(1.0, float(histogram.sum())) * 100
    black = min(int(np.searchsorted(share, DARKEST)), FADED)
    table = np.clip((np.arange(256) - black) * 255.0 / max(1, PAPER - black), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(level, table))


def clean(image: Image, dpi: float) -> Image:
    """A grey page for reading from a scan in colour or grey."""
    return levelled_light(brightest(image), dpi)


def seals(image: Image, dpi: float) -> tuple[Box, ...]:
    """Boxes of red seals in pixels of `image`; none where it has no colour."""
    if image.ndim == 2:
        return ()
    scale = min(1.0, SMALL_DPI / dpi)
    small = reduced(image, dpi, SMALL_DPI)
    hue, saturation, value = cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2HSV))
    red = ((hue <= RED_HUE) | (hue >= 180 - RED_HUE)) & (saturation >= RED_SATURATION) & (value >= 80)
    joined = cv2.morphologyEx(red.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    millimetre = dpi * scale / 25.4
    boxes = []
    for x, y, width, height, area in stats[1:count]:
        sides = sorted((width / millimetre, height / millimetre))
        if (
            SEAL_MM[0] <= sides[0]
            and sides[1] <= SEAL_MM[1]
            and sides[1] < 2.2 * sides[0]
            and area > 0.08 * width * height
        ):
            boxes.append(Box(x / scale, y / scale, (x + width) / scale, (y + height) / scale))
    return tuple(sorted(boxes, key=lambda box: (box.y0, box.x0)))
