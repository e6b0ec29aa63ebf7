"""Parts a page into three layers: where there is ink, what colour the ink has, and the paper beneath.

Where the ink is must be sharp and is black or white, so it takes few bytes at any resolution; colours change slowly
and take few bytes at low resolution (mixed raster content, ITU-T T.44). Seals and signatures are ink like print.

The edge of a stroke lies between pixels, where a scan has a grey one. Black or white at the scan's own resolution
would lose that, and with it small accents: so ink is told on a finer grid; who draws the page has greys again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.opening.raw import Image

Floats = NDArray[np.float32]

PAPER_DPI, INK_DPI = 75.0, 60.0  # of the colour layers
MASK_DPI = 400.0  # of the ink; a scan is made as fine where it is coarser
_FINEST = 4.0  # times the scan's resolution; beyond there is nothing between its pixels
_MOST_PIXELS = 80e6  # of the finer ink; drawings larger than A2 keep nearer to their own pixels
_TONE_STEP = 8  # the paper's tone is looked for in an image so many times smaller
_TONE_WINDOW = 9  # pixels of it; wider than a stroke of large type
_STROKE_MM = 3.0  # how far the darkest ink nearby counts for what is ink
_INK = 0.42  # of the darkest ink nearby: half-way up the stroke's edge, a little outside
_OWN_MM, _INK_OF_OWN = 0.3, 0.5  # a hair stroke's own darkness, half of which is its edge
_FAINT = 0.2  # of the darkest ink nearby, under which there is only its blur
_NOISES, _LEAST = 6.0, 14.0  # times the paper's noise, and grey levels, under which nothing is ink
_CROWD, _NEIGHBOURS = 3, 3  # side of a square of the scan's pixels, and how many in it are ink: specks cost bytes
_MOST_NOISE = 16.0  # grey levels; the roughest paper has 6, a photograph 20 and more
_MOST_INK = 0.15  # share of a page; dense print has 0.1
_SURE = 0.7  # share of a small pixel that must be ink for its colour to be the ink's
_HALO_MM = 0.2  # blurred edge of a stroke, neither ink nor paper
_EMPTY = 1e-3


@dataclass(frozen=True, slots=True)
class Layers:
    """A page in three layers that lie over one another, all of the page's size when drawn."""

    ink: Image  #: as the page or finer, 255 where there is ink, else 0
    ink_colour: Image  #: small, as the page: grey or blue, green, red
    paper: Image  #: small


def parted(image: Image, dpi: float) -> Layers | None:
    """Part a page: (height, width) grey or (height, width, 3) blue, green, red; None for a photograph.

    In one there is no paper, only tones: most of it differs from what is around, or lies beneath ink.
    """
    dark, limit, noise = _darkness(image, dpi)
    if noise > _MOST_NOISE or cv2.countNonZero(cv2.compare(dark, limit, cv2.CMP_GT)) > _MOST_INK * dark.size:
        return None
    small, darkest = _halves(image)
    share = _halves(np.asarray(cv2.compare(dark, limit, cv2.CMP_GT), dtype=np.uint8))[0]
    halo = max(round(_HALO_MM / 25.4 * dpi / 2), 1)
    near = cv2.dilate(share, np.ones((2 * halo + 1, 2 * halo + 1), np.uint8))
    return Layers(
        ink=_told_apart(dark, limit, finer=_finer(dark.size, dpi)),
        ink_colour=_mean_of(darkest, share > _SURE * 255, 2 * INK_DPI / dpi),
        paper=_mean_of(small, near == 0, 2 * PAPER_DPI / dpi),
    )


def _finer(pixels: int, dpi: float) -> float:
    """How many times the scan's resolution the ink has, 1 or more."""
    return max(1.0, min(MASK_DPI / dpi, _FINEST, math.sqrt(_MOST_PIXELS / pixels)))


def _halves(image: Image) -> tuple[Image, Image]:
    """An image half as large, of means and of the darkest; OpenCV is fast only where the sides are even."""
    height, width = (max(side // 2, 1) for side in image.shape[:2])
    even = image[: 2 * height, : 2 * width]
    mean = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    darkest = cv2.erode(even, np.ones((2, 2), np.uint8), anchor=(0, 0))[::2, ::2][:height, :width]
    return np.asarray(mean, dtype=np.uint8), np.ascontiguousarray(darkest, dtype=np.uint8)


def find_ink(image: Image, dpi: float) -> Image:
    """255 where there is ink of any colour, else 0; faint strokes too, where no darker ink is near."""
    dark, limit, _ = _darkness(image, dpi)
    return _told_apart(dark, limit, finer=1.0)


def _darkness(image: Image, dpi: float) -> tuple[Image, Image, float]:
    """How much darker than its paper each pixel is, from how much on it is ink, and the paper's noise."""
    grey = image if image.ndim == 2 else cv2.min(cv2.min(image[:, :, 0], image[:, :, 1]), image[:, :, 2])
    dark, noise = _darker_than_paper(np.asarray(grey, dtype=np.uint8))
    return dark, _limit(dark, dpi, min(max(_NOISES * noise, _LEAST), 255.0)), noise


def _told_apart(dark: Image, limit: Image, *, finer: float) -> Image:
    """Ink without specks; finer: times as many pixels across and down."""
    if finer > 1:
        size = (round(dark.shape[1] * finer), round(dark.shape[0] * finer))
        dark = np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        limit = np.asarray(cv2.resize(limit, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    ink = cv2.threshold(cv2.subtract(dark, limit), 0, 255, cv2.THRESH_BINARY)[1]
    side = max(round(_CROWD * finer) | 1, 3)
    crowd = cv2.blur(ink, (side, side))
    believed = cv2.threshold(crowd, 255 * _NEIGHBOURS / _CROWD**2 - 1, 255, cv2.THRESH_BINARY)[1]
    return np.asarray(cv2.bitwise_and(ink, believed), dtype=np.uint8)


def _limit(dark: Image, dpi: float, least: float) -> Image:
    """From how much darkness on a pixel is ink: half of its own stroke's, but never near the blur of a darker one."""
    strongest = _strongest(dark, _STROKE_MM / 25.4 * dpi)
    size = dark.shape[::-1]
    print_ = cv2.resize(strongest, size, interpolation=cv2.INTER_LINEAR)
    side = 2 * max(round(_OWN_MM / 25.4 * dpi), 1) + 1
    own = cv2.convertScaleAbs(cv2.dilate(dark, np.ones((side, side), np.uint8)), alpha=_INK_OF_OWN)
    low = np.maximum(cv2.convertScaleAbs(print_, alpha=_FAINT), np.uint8(least))
    return np.asarray(cv2.max(low, cv2.min(own, cv2.convertScaleAbs(print_, alpha=_INK))), dtype=np.uint8)


def _strongest(dark: Image, reach: float) -> Image:
    """The darkest ink within so many pixels, in an image a quarter as large."""
    step = 4
    far = max(round(reach / step), 1)
    strongest = cv2.dilate(dark, np.ones((step, step), np.uint8))[::step, ::step]
    return np.asarray(cv2.dilate(strongest, np.ones((2 * far + 1, 2 * far + 1), np.uint8)), dtype=np.uint8)


def _darker_than_paper(grey: Image) -> tuple[Image, float]:
    """How much darker each pixel is than the paper around it, and the paper's noise, in grey levels."""
    height, width = grey.shape
    size = (max(width // _TONE_STEP, 1), max(height // _TONE_STEP, 1))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    tone = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((_TONE_WINDOW, _TONE_WINDOW), np.uint8))
    tone = cv2.resize(cv2.medianBlur(tone, _TONE_WINDOW), (width, height), interpolation=cv2.INTER_LINEAR)
    noise = float(np.median(cv2.absdiff(grey[::_TONE_STEP, ::_TONE_STEP], tone[::_TONE_STEP, ::_TONE_STEP])))
    return np.asarray(cv2.subtract(tone, grey), dtype=np.uint8), noise


def _mean_of(image: Image, where: NDArray[np.bool_], scale: float) -> Image:
    """A smaller image of the colours where `where` holds; elsewhere what is nearest to them."""
    height, width = where.shape
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    weight = where.astype(np.float32)
    coloured = image.astype(np.float32) * (weight if image.ndim == 2 else weight[:, :, np.newaxis])
    total = cv2.resize(coloured, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    filled = _filled(np.asarray(total, dtype=np.float32), np.asarray(share, dtype=np.float32))
    return np.asarray(filled.clip(0, 255), dtype=np.uint8)


def _filled(total: Floats, share: Floats) -> Floats:
    """Total over share; where there is nothing to divide by, the same from an image half as large."""
    shares = share if total.ndim == 2 else share[:, :, np.newaxis]
    mean = (total / np.maximum(shares, _EMPTY)).astype(np.float32)
    known = share > _EMPTY
    if known.all():
        return mean
    if max(share.shape) <= 2:
        whole = total.mean(axis=(0, 1)) / max(float(share.mean()), _EMPTY)
        return np.broadcast_to(whole, total.shape).astype(np.float32)
    size = ((share.shape[1] + 1) // 2, (share.shape[0] + 1) // 2)
    halves = (np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float32) for part in (total, share))
    coarse = cv2.resize(_filled(*halves), share.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(known if total.ndim == 2 else known[:, :, np.newaxis], mean, coarse).astype(np.float32)
