"""What toner, time, copiers and scanners do to a strip before it reaches the product's own cleaning."""

from __future__ import annotations

import math
import random as randomness
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.opening.raw import Image as Pixels
from training.strips import Strip

Random = randomness.Random
Floats = NDArray[np.float32]
RESOLUTIONS = {100: 0.18, 120: 0.07, 150: 0.23, 200: 0.24, 300: 0.28}  # dpi, share
COARSE = 100  # dpi, of the scans that are told as spoilt
FADED = 0.65  # of its darkness that print keeps, told as faded below it
ONE_BIT, COPIED, BLURRED, PALE, TYPED, COARSELY = "1-bit", "copied twice", "blurred", "faded", "typewriter", "100 dpi"
SPOILT = (ONE_BIT, COPIED, BLURRED, PALE, TYPED, COARSELY)


class Scan(NamedTuple):
    """A strip as a scanner delivers it."""

    image: Pixels  #: (h, w) or (h, w, 3)
    dpi: float
    where: NDArray[np.float64]  #: (2, 3), affine: from the strip's places to the image's
    spoilt: frozenset[str]  #: which of SPOILT befell it


def scanned(strip: Strip, random: Random, noise: np.random.Generator) -> Scan:
    """The strip as a scanner delivers it."""
    spoilt = {TYPED} if strip.typed else set()
    grey = _worn(strip.grey, strip.dpi, random, noise, spoilt)
    dpi = min(strip.dpi, random.choices(list(RESOLUTIONS), list(RESOLUTIONS.values()))[0])
    height, width = grey.shape
    scale, lean = dpi / strip.dpi, math.radians(max(-0.7, min(0.7, random.gauss(0, 0.15))))
    centre = cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(lean), scale)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    centre[:, 2] += np.array(size) / 2 - np.array([width, height]) / 2
    inked = [_laid(grey, centre, size, scale, random)]
    if strip.pen is not None:
        inked.append(_laid(strip.pen, centre, size, scale, random))
    seal = _seals(strip, random)
    if seal is not None:
        inked.append(_laid(seal, centre, size, scale, random))
    coloured = (strip.pen is not None or seal is not None) and random.random() < 0.75
    image = _coloured(inked, has_pen=strip.pen is not None, random=random) if coloured else _all_black(inked, random)
    if dpi <= COARSE:
        spoilt.add(COARSELY)
    return Scan(_through_scanner(image, dpi, random, noise, spoilt), float(dpi), centre, frozenset(spoilt))


def _laid(ink: Pixels, centre: NDArray[np.float64], size: tuple[int, int], scale: float, random: Random) -> Pixels:
    """A layer at the scanner's resolution, averaged as its cells do."""
    if scale < 1:
        side = 1 / scale
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), side * random.uniform(0.3, 0.45)))
    return np.asarray(cv2.warpAffine(ink, centre, size, flags=cv2.INTER_LINEAR, borderValue=255))


def _worn(grey: Pixels, dpi: int, random: Random, noise: np.random.Generator, spoilt: set[str]) -> Pixels:
    """Ink that spread or broke, toner that is missing, print that faded; tells `spoilt` of it."""
    share = random.random()
    if share < 0.12:
        grey = np.asarray(cv2.erode(grey, np.ones((2, 2), np.uint8)))
    elif share < 0.16 and dpi >= 300:
        grey = np.asarray(cv2.erode(grey, np.ones((3, 3), np.uint8)))
    elif share < 0.28:
        grey = np.asarray(cv2.dilate(grey, np.ones(random.choice(((2, 1), (1, 2), (2, 2))), np.uint8)))
    height, width = grey.shape
    if random.random() < 0.15:
        coarse = noise.random(
            (max(2, height // random.randint(1, 4)), max(2, width // random.randint(1, 4))), np.float32
        )
        lost = cv2.resize(coarse, (width, height)) > random.uniform(0.8, 0.98)
        grey = np.where(lost, np.uint8(255) - (255 - grey) // random.randint(2, 4), grey).astype(np.uint8)
    if random.random() < 0.12:  # typewriter: ribbon unevenly inked
        field = cv2.resize(noise.random((3, max(3, width // 60)), np.float32), (width, height))
        grey = (255 - (255 - grey) * (0.45 + 0.55 * field)).astype(np.uint8)
        spoilt.add(TYPED)
    return grey


def _seals(strip: Strip, random: Random) -> Pixels | None:
    """Round seals: rings, letters around, a star."""
    if not strip.seals:
        return None
    ink = np.full_like(strip.grey, 255)
    for x, y, radius in strip.seals:
        cv2.circle(ink, (x, y), radius, 0, max(2, radius // 20), cv2.LINE_AA)
        cv2.circle(ink, (x, y), round(radius * 0.66), 0, max(1, radius // 36), cv2.LINE_AA)
        rays = [radius * (0.38 if corner % 2 == 0 else 0.16) for corner in range(10)]
        star = [
            (x + ray * math.sin(k * math.pi / 5), y - ray * math.cos(k * math.pi / 5)) for k, ray in enumerate(rays)
        ]
        cv2.fillPoly(ink, [np.array(star, np.int32)], 0)
        for step in range(18):
            turn, letter = step * math.pi / 9, random.choice("ABCDEGHIKLMNOPQRSTUVXY")
            place = (round(x + radius * 0.8 * math.sin(turn)), round(y - radius * 0.8 * math.cos(turn)))
            cv2.putText(
                ink, letter, place, cv2.FONT_HERSHEY_SIMPLEX, radius / 170, 0, max(1, radius // 50), cv2.LINE_AA
            )
    return ink


def _all_black(inked: list[Pixels], random: Random) -> Pixels:
    """A grey scan: seals and pens are paler or as dark as print."""
    total = inked[0]
    for layer in inked[1:]:
        strength = random.uniform(0.25, 1.0)
        total = np.minimum(total, (255 - (255 - layer) * strength).astype(np.uint8))
    return total


def _coloured(inked: list[Pixels], *, has_pen: bool, random: Random) -> Pixels:
    """A colour scan, blue-green-red: black print, blue or black pen, red seal; inks multiply."""
    paper = np.full((*inked[0].shape, 3), 255, np.float32)
    tones = [(0.0, 0.0, 0.0)]
    if has_pen:
        blue = (random.uniform(0.45, 0.8), random.uniform(0.1, 0.4), random.uniform(0.05, 0.3))
        tones.append(random.choice((blue, (0.1, 0.1, 0.1), (0.2, 0.15, 0.15))))
    tones.append((random.uniform(0.15, 0.55), random.uniform(0.1, 0.45), random.uniform(0.75, 0.98)))
    for layer, tone in zip(inked, tones[: len(inked)] if has_pen else (tones[0], tones[-1]), strict=False):
        cover = 1 - layer.astype(np.float32)[:, :, None] / 255
        paper *= 1 - cover * (1 - np.array(tone, np.float32))
    return paper.astype(np.uint8)


def _through_scanner(image: Pixels, dpi: int, random: Random, noise: np.random.Generator, spoilt: set[str]) -> Pixels:
    """Copies, fading, paper, light, blur, noise, one bit, JPEG; tells `spoilt` of the worst."""
    values = image.astype(np.float32)
    height, width = image.shape[:2]
    pixel = dpi / 200
    if random.random() < 0.45:
        kept = random.uniform(0.4, 1)
        values = 255 - (255 - values) * kept
        spoilt |= {PALE} if kept < FADED else set()
    share = random.random()
    if image.ndim == 2 and share < 0.18:
        return _one_bit(values, dpi, random, noise, spoilt)
    if share < 0.75:
        strong = 1.8 if random.random() < 0.12 else 1.0
        spoilt |= {BLURRED} if strong > 1 else set()
        values = cv2.GaussianBlur(values, (0, 0), max(0.3, random.uniform(0.25, 0.85) * pixel * strong))
    if random.random() < 0.5:  # paper that is not white, light that falls off, the other side shining through
        light = cv2.resize(noise.random((2, 3), np.float32), (width, height)) * random.uniform(0.0, 0.25)
        tone = random.uniform(0.75, 1.0) - light
        values = values * (tone if values.ndim == 2 else tone[:, :, None])
    if random.random() < 0.10:
        shine = cv2.GaussianBlur(
            cv2.flip(image if image.ndim == 2 else image.max(axis=2), 1), (0, 0), 2.5 * pixel + 0.3
        )
        faint = (255 - shine.astype(np.float32)) * random.uniform(0.04, 0.18)
        values = values - (faint if values.ndim == 2 else faint[:, :, None])
    if random.random() < 0.7:
        grain = noise.standard_normal((height, width), np.float32) * random.uniform(1, 13)
        values = values + (grain if values.ndim == 2 else grain[:, :, None])
    result = np.clip(values, 0, 255).astype(np.uint8)
    if random.random() < 0.55:
        packed = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, random.randint(30, 88)])[1]
        result = np.asarray(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED))
    return result


def _one_bit(values: Floats, dpi: int, random: Random, noise: np.random.Generator, spoilt: set[str]) -> Pixels:
    """Black and white as faxes, copiers and office scanners make it, once or twice."""
    height, width = values.shape
    times = random.choice((1, 1, 2))
    spoilt |= {ONE_BIT, COPIED} if times > 1 else {ONE_BIT}
    for _ in range(times):
        coarse = noise.standard_normal(
            (max(2, height // random.randint(1, 3)), max(2, width // random.randint(1, 3))), np.float32
        )
        field = cv2.resize(coarse, (width, height)) * random.uniform(2, 34)
        soft = cv2.GaussianBlur(
            np.clip(values, 0, 255) + field, (0, 0), max(0.3, random.uniform(0.3, 1.0) * dpi / 200)
        )
        level = (
            random.uniform(110, 195)
            + random.uniform(0, 22) * np.sin(np.arange(width) / random.uniform(40, 400))[None]
        )
        values = np.where(soft < level, 0, 255).astype(np.float32)
    return values.astype(np.uint8)
