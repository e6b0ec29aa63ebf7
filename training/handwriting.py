"""Hand-writing drawn with strokes or a pen's font: numbers, days, names, remarks; and signatures."""

from __future__ import annotations

import math
import random as randomness

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.opening.raw import Image as Pixels

Random = randomness.Random
Stroke = list[tuple[float, float]]

# Skeletons of digits in a box from (0, 0) top left to (1, 1); hands write several of them in more than one way.
DIGITS: dict[str, tuple[tuple[Stroke, ...], ...]] = {
    "0": (
        ([(0.6, 0.05), (0.2, 0.2), (0.1, 0.6), (0.35, 1.0), (0.75, 0.85), (0.85, 0.4), (0.6, 0.05), (0.45, 0.1)],),
    ),
    "1": (([(0.3, 0.3), (0.6, 0.0), (0.5, 1.0)],), ([(0.55, 0.0), (0.5, 1.0)],)),
    "2": (
        ([(0.15, 0.25), (0.45, 0.0), (0.8, 0.2), (0.6, 0.6), (0.1, 1.0), (0.5, 0.92), (0.95, 0.97)],),
        ([(0.15, 0.2), (0.6, 0.0), (0.8, 0.3), (0.3, 0.85), (0.1, 0.95), (0.25, 0.75), (0.55, 0.95), (0.95, 0.9)],),
    ),
    "3": (
        ([(0.15, 0.12), (0.55, 0.0), (0.8, 0.2), (0.4, 0.45), (0.85, 0.7), (0.55, 1.0), (0.1, 0.88)],),
        ([(0.1, 0.02), (0.85, 0.02), (0.4, 0.4), (0.85, 0.65), (0.6, 1.0), (0.1, 0.9)],),
    ),
    "4": (
        ([(0.45, 0.0), (0.1, 0.65), (0.95, 0.6)], [(0.7, 0.3), (0.62, 1.0)]),
        ([(0.2, 0.05), (0.15, 0.5), (0.85, 0.5)], [(0.8, 0.0), (0.7, 1.0)]),
    ),
    "5": (
        ([(0.3, 0.05), (0.2, 0.45), (0.6, 0.4), (0.85, 0.7), (0.5, 1.0), (0.1, 0.9)], [(0.3, 0.05), (0.9, 0.0)]),
        ([(0.9, 0.02), (0.3, 0.05), (0.2, 0.45), (0.65, 0.4), (0.8, 0.75), (0.45, 1.0), (0.1, 0.9)],),
    ),
    "6": (([(0.75, 0.0), (0.3, 0.35), (0.12, 0.75), (0.45, 1.0), (0.8, 0.75), (0.5, 0.5), (0.15, 0.75)],),),
    "7": (
        ([(0.1, 0.08), (0.9, 0.03), (0.55, 0.5), (0.4, 1.0)],),
        ([(0.1, 0.08), (0.9, 0.03), (0.45, 1.0)], [(0.3, 0.52), (0.85, 0.48)]),
    ),
    "8": (
        (
            [
                (0.75, 0.12),
                (0.4, 0.0),
                (0.25, 0.22),
                (0.75, 0.65),
                (0.55, 1.0),
                (0.15, 0.8),
                (0.75, 0.25),
                (0.75, 0.12),
            ],
        ),
    ),
    "9": (([(0.8, 0.2), (0.4, 0.02), (0.18, 0.3), (0.5, 0.5), (0.82, 0.2), (0.75, 0.6), (0.5, 1.0)],),),
    "/": (([(0.9, -0.1), (0.1, 1.1)],),),
}
PEN = (0.045, 0.10)  # of the height of a digit


def handwritten(random: Random, height: int, pens: list[str]) -> Pixels:
    """A run of hand-writing, (h, w), ink 0 on 255, digits about `height` pixels high.

    pens: font files of hands; half of all runs use one, bent.
    """
    wants = random.random()
    if pens and random.random() < 0.4:
        return bent(random, _with_font(random, height, random.choice(pens), digits=wants < 0.75))
    return _digits(random, height) if wants < 0.8 else _cursive(random, height)


def _digits(random: Random, height: int) -> Pixels:
    text = "".join(random.choice("0123456789") for _ in range(random.choice((1, 2, 2, 2, 3, 3, 4))))
    if len(text) == 4 and random.random() < 0.3:
        text = text[:2] + "/" + text[2:]
    slant, width, gap = random.gauss(0.12, 0.16), random.uniform(0.45, 0.8), random.uniform(-0.02, 0.3)
    step = height * (width + gap)
    canvas = np.full((round(height * 2), round(step * len(text) + height * 1.6)), 255, np.uint8)
    pen = max(1.0, height * random.uniform(*PEN))
    ink = random.choice((0, 0, 20, 50, 80))
    x = height * 0.7
    for digit in text:
        size = height * random.uniform(0.82, 1.12)
        y = height * 0.5 + (height - size) / 2 + random.gauss(0, 0.06) * height
        for stroke in random.choice(DIGITS[digit]):
            points = [
                (
                    x + (px * width + random.gauss(0, 0.035) + slant * (0.5 - py)) * size,
                    y + (py + random.gauss(0, 0.035)) * size,
                )
                for px, py in stroke
            ]
            _draw(canvas, points, pen, ink)
        x += step * random.uniform(0.85, 1.15)
    return canvas


def _cursive(random: Random, height: int) -> Pixels:
    """Loops and arches on a line: a name or a remark that nobody can read."""
    words = random.choice((1, 1, 2, 3))
    small = height * random.uniform(0.4, 0.6)
    canvas = np.full((round(height * 2.4), round(words * small * 7 + height * 2)), 255, np.uint8)
    pen = max(1.0, height * random.uniform(0.04, 0.08))
    ink = random.choice((0, 20, 50, 80))
    x, base = height * 0.6, height * 1.5
    for _ in range(words):
        points: Stroke = []
        for _ in range(random.randint(3, 7)):
            tall = random.choices((1.0, 2.0, -1.0), (0.75, 0.17, 0.08))[0] * small
            wide = small * random.uniform(0.35, 0.75)
            points += [
                (x, base),
                (x + wide * 0.7, base - tall * random.uniform(0.8, 1.1)),
                (x + wide * 0.45, base - tall * 0.6),
            ]
            x += wide
        points.append((x, base))
        _draw(canvas, points, pen, ink)
        if random.random() < 0.6:
            mark = (x - small * random.uniform(0.5, 2), base - small * 1.6)
            _draw(canvas, [mark, (mark[0] + small * 0.4, mark[1] - small * random.uniform(-0.3, 0.3))], pen, ink)
        x += small * random.uniform(0.7, 1.3)
    return canvas[:, : min(canvas.shape[1], round(x + height * 0.6))]


def signature(random: Random, height: int) -> Pixels:
    """A free stroke, (h, w), ink on 255: it stands for no text at all."""
    canvas = np.full((height * 5, height * 9), 255, np.uint8)
    x, y = height * random.uniform(0.5, 2), height * 2.5
    points: Stroke = []
    phase, pace = random.uniform(0, 6), random.uniform(0.5, 1.3)
    reach = height * random.uniform(0.5, 1.8)
    for index in range(random.randint(12, 40)):
        points.append((x, y + reach * math.sin(index * pace + phase) * random.uniform(0.4, 1)))
        x += height * random.uniform(-0.05, 0.4)
    _draw(canvas, points, max(1.0, height * random.uniform(0.05, 0.12)), random.choice((0, 30, 70, 110)))
    return canvas


def _draw(canvas: Pixels, points: Stroke, pen: float, ink: int) -> None:
    """A smooth stroke through the points: corners cut twice (Chaikin)."""
    line = np.array(points)
    for _ in range(2):
        if len(line) > 2:
            near, far = line[:-1] * 0.75 + line[1:] * 0.25, line[:-1] * 0.25 + line[1:] * 0.75
            line = np.concatenate([line[:1], np.stack([near, far], 1).reshape(-1, 2), line[-1:]])
    fixed = np.round(line * 16).astype(np.int32)
    cv2.polylines(
        canvas, [fixed], isClosed=False, color=ink, thickness=max(1, round(pen)), lineType=cv2.LINE_AA, shift=4
    )


def _with_font(random: Random, height: int, file: str, *, digits: bool) -> Pixels:
    font = ImageFont.truetype(file, round(height * random.uniform(1.2, 1.6)), layout_engine=ImageFont.Layout.BASIC)
    alphabet = "0123456789" if digits else "abcdefghiklmnopqrstuvxy"
    text = "".join(
        random.choice(alphabet) for _ in range(random.choice((1, 2, 2, 3, 4)) if digits else random.randint(3, 9))
    )
    text = text if digits else text.capitalize()
    box = font.getbbox(text)
    if box[2] - box[0] > 30 * height or box[3] - box[1] > 5 * height:  # one font's metrics are broken
        return _digits(random, height)
    image = Image.new("L", (round(box[2] - box[0]) + height, round(box[3] - box[1]) + height), 255)
    place = (height / 2 - box[0], height / 2 - box[1])
    ImageDraw.Draw(image).text(place, text, font=font, fill=random.choice((0, 20, 60)))
    return np.array(image)


def bent(random: Random, image: Pixels) -> Pixels:
    """Sheared, stretched and waved: no two runs of one pen's font are alike."""
    height, width = image.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    wave = height * random.uniform(0.0, 0.06)
    shear = random.gauss(0, 0.15)
    source_x = x + shear * (y - height / 2) + wave * np.sin(y / height * random.uniform(2, 7) + random.uniform(0, 6))
    source_y = (
        y
        + wave * np.sin(x / height * random.uniform(1, 4) + random.uniform(0, 6))
        + random.gauss(0, 0.05) * (x - width / 2)
    )
    return np.asarray(
        cv2.remap(image, source_x.astype(np.float32), source_y.astype(np.float32), cv2.INTER_LINEAR, borderValue=255)
    )
