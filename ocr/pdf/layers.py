"""Parts a page into three layers: where there is ink, what colour the ink has, and the paper beneath.

Where the ink is must be sharp and is black or white, so it takes few bytes at full resolution; colours change slowly
and take few bytes at low resolution (mixed raster content, ITU-T T.44). Seals and signatures are ink like print.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.opening.raw import Image

Floats = NDArray[np.float32]

PAPER_DPI, INK_DPI = 75.0, 60.0  # of the colour layers
_TONE_STEP = 8  # the paper's tone is looked for in an image so many times smaller
_TONE_WINDOW = 9  # pixels of it; wider than a stroke of large type
_STROKE_MM = 3.0  # how far the darkest ink nearby counts for what is ink
_INK = 0.42  # of the darkest ink nearby: half-way up the stroke's edge, a little outside
_NOISES, _LEAST = 6.0, 14.0  # times the paper's noise, and grey levels, under which nothing is ink
_NEIGHBOURS = 3  # pixels of nine, itself among them, that are ink before any of them is; specks cost bytes
_SURE = 0.7  # share of a small pixel that must be ink for its colour to be the ink's
_HALO_MM = 0.2  # blurred edge of a stroke, neither ink nor paper
_EMPTY = 1e-3


@dataclass(frozen=True, slots=True)
class Layers:
    """A page in three layers that lie over one another, all of the page's size when drawn."""

    ink: Image  #: (height, width), 255 where there is ink, else 0
    ink_colour: Image  #: small, as the page: grey or blue, green, red
    paper: Image  #: small


def parted(image: Image, dpi: float) -> Layers:
    """Part a page: (height, width) grey or (height, width, 3) blue, green, red."""
    ink = find_ink(image, dpi)
    height, width = ink.shape
    half = (max(width // 2, 1), max(height // 2, 1))
    small = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    share = np.asarray(cv2.resize(ink, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    halo = max(round(_HALO_MM / 25.4 * dpi / 2), 1)
    near = cv2.dilate(share, np.ones((2 * halo + 1, 2 * halo + 1), np.uint8))
    return Layers(
        ink=ink,
        ink_colour=_mean_of(small, share > _SURE * 255, 2 * INK_DPI / dpi),
        paper=_mean_of(small, near == 0, 2 * PAPER_DPI / dpi),
    )


def find_ink(image: Image, dpi: float) -> Image:
    """255 where there is ink of any colour, else 0; faint strokes too, where no darker ink is near."""
    grey = image if image.ndim == 2 else cv2.min(cv2.min(image[:, :, 0], image[:, :, 1]), image[:, :, 2])
    dark, noise = _darker_than_paper(np.asarray(grey, dtype=np.uint8))
    step = 4
    reach = max(round(_STROKE_MM / 25.4 * dpi / step), 1)
    strongest = cv2.dilate(dark, np.ones((step, step), np.uint8))[::step, ::step]
    strongest = cv2.dilate(strongest, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    least = max(_NOISES * noise, _LEAST)
    limit = np.maximum(strongest * _INK, least).astype(np.uint8)
    limit = cv2.resize(limit, (dark.shape[1], dark.shape[0]), interpolation=cv2.INTER_LINEAR)
    ink = cv2.threshold(cv2.subtract(dark, limit), 0, 9, cv2.THRESH_BINARY)[1]
    crowd = cv2.blur(ink, (3, 3))
    ink[crowd < _NEIGHBOURS] = 0
    return np.asarray(cv2.threshold(ink, 0, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)


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
