"""What is put on paper by hand: round seals, signatures, hand-written numbers. All made of seeded strokes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from samples.fonts import Face, font
from samples.sheet import DPI, pixels

SEAL_MM = 36.0  # across, as the seals of people's committees are
Point = tuple[float, float]

#: How a hand writes digits: points of one stroke in a box of width 0.6 and height 1, y downwards.
DIGITS: dict[str, Sequence[Point]] = {
    "0": ((0.35, 0.02), (0.08, 0.25), (0.05, 0.72), (0.28, 0.98), (0.52, 0.7), (0.5, 0.25), (0.3, 0.03)),
    "1": ((0.14, 0.26), (0.3, 0.06), (0.33, 0.02), (0.31, 0.5), (0.28, 1.0)),
    "2": ((0.08, 0.25), (0.25, 0.02), (0.48, 0.18), (0.35, 0.55), (0.05, 0.97), (0.2, 0.92), (0.58, 0.97)),
    "3": ((0.1, 0.1), (0.4, 0.03), (0.42, 0.3), (0.2, 0.45), (0.5, 0.6), (0.42, 0.92), (0.05, 0.93)),
    "4": ((0.3, 0.02), (0.05, 0.55), (0.08, 0.62), (0.55, 0.58), (0.42, 0.4), (0.4, 0.7), (0.37, 1.0)),
    "5": ((0.52, 0.04), (0.2, 0.04), (0.14, 0.42), (0.4, 0.42), (0.5, 0.7), (0.32, 0.96), (0.06, 0.9)),
    "6": ((0.46, 0.04), (0.15, 0.4), (0.06, 0.8), (0.28, 0.98), (0.48, 0.78), (0.32, 0.56), (0.1, 0.72)),
    "7": ((0.06, 0.08), (0.3, 0.06), (0.54, 0.05), (0.36, 0.5), (0.24, 1.0)),
    "8": ((0.45, 0.14), (0.2, 0.03), (0.14, 0.3), (0.48, 0.68), (0.3, 0.98), (0.07, 0.76), (0.47, 0.14)),
    "9": ((0.48, 0.2), (0.25, 0.03), (0.1, 0.3), (0.3, 0.5), (0.48, 0.22), (0.44, 0.6), (0.3, 1.0)),
}


def seal(around: str, random: np.random.Generator) -> Image.Image:
    """A round seal: two rings, the body's name around a star, ink taken unevenly by the paper. Mode L."""
    side = pixels(SEAL_MM)
    middle, radius = side / 2, side / 2 - 6
    ink = Image.new("L", (side, side))
    draw = ImageDraw.Draw(ink)
    for share, width in ((1.0, 13), (0.93, 4), (0.62, 5)):
        edge = radius * share
        draw.ellipse((middle - edge, middle - edge, middle + edge, middle + edge), outline=255, width=width)
    _star(draw, middle, middle, radius * 0.4)
    _star(draw, middle, middle + radius * 0.775, radius * 0.09)
    _ring_text(ink, around, middle, radius * 0.775, size=round(radius * 0.225))
    turned = ink.rotate(float(random.uniform(-9, 9)), resample=Image.Resampling.BICUBIC)
    return _unevenly(turned, random, least=0.68)


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    corners = []
    for corner in range(10):
        angle = math.pi * corner / 5 - math.pi / 2
        reach = radius if corner % 2 == 0 else radius * 0.382
        corners.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    draw.polygon(corners, fill=255)


def _ring_text(ink: Image.Image, text: str, middle: float, radius: float, *, size: int) -> None:
    """Set letters around the ring, open at the foot where the small star is."""
    room = 2 * math.pi * radius * 0.88
    needed = font(Face.FORM_BOLD, size).getlength(text) * 1.06  # seal cutters leave a little air
    size = min(size, int(size * room / needed))
    type_ = font(Face.FORM_BOLD, size)
    widths = [type_.getlength(letter) for letter in text]
    between = (room - sum(widths)) / max(1, len(text) - 1)
    along = -room / 2
    for letter, width in zip(text, widths, strict=True):
        angle = (along + width / 2) / radius  # from the top, clockwise
        box = Image.new("L", (2 * size, 2 * size))
        ImageDraw.Draw(box).text((size, size), letter, fill=255, font=type_, anchor="mm")
        box = box.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
        at = (round(middle + radius * math.sin(angle)) - size, round(middle - radius * math.cos(angle)) - size)
        ink.paste(255, at, box)
        along += width + between


def signature(random: np.random.Generator, *, width_mm: float = 42.0) -> Image.Image:
    """A signature: a few loops that grow smaller, then a flourish back under them. Mode L."""
    width, height = pixels(width_mm), pixels(width_mm * 0.5)
    slant, x = float(random.uniform(-0.02, 0.09)), width * 0.08
    points: list[Point] = []
    for loop in range(int(random.integers(2, 7))):
        tall = height * float(random.uniform(0.15, 0.5)) * (1.0 if loop else 1.2)
        low = height * float(random.uniform(0.52, 0.7))
        back = width * float(random.uniform(-0.03, 0.05))
        points += [(x, low), (x + width * slant + back, low - tall), (x + back / 2, low + height * 0.05)]
        x += width * float(random.uniform(0.06, 0.14))
    end = (width * float(random.uniform(0.75, 0.97)), height * float(random.uniform(0.12, 0.6)))
    points += [(x, height * float(random.uniform(0.35, 0.6))), end]
    if random.random() < 0.7:
        points += [(width * 0.7, height * float(random.uniform(0.6, 0.8))), (width * 0.15, height * 0.86)]
    return _unevenly(_stroke(points, (width, height), pen=9), random, least=0.8)


def handwriting(digits: str, random: np.random.Generator, *, height_mm: float = 5.5) -> Image.Image:
    """Digits as a clerk fills them in with a pen. Mode L."""
    height = pixels(height_mm)
    step = height * 0.62
    ink = Image.new("L", (round(step * (len(digits) + 0.6)), round(height * 1.3)))
    for index, digit in enumerate(digits):
        lean, left = float(random.uniform(0.1, 0.22)), step * (index + 0.15)
        top = height * float(random.uniform(0.1, 0.2))
        points = [
            (left + height * (x + lean * (1 - y) + float(random.normal(0, 0.012))), top + height * y * 0.95)
            for x, y in DIGITS[digit]
        ]
        ink = ImageChops.lighter(ink, _stroke(points, ink.size, pen=8))
    return _unevenly(ink, random, least=0.85)


def _stroke(points: Sequence[Point], size: tuple[int, int], *, pen: int) -> Image.Image:
    """A smooth line through points (Catmull-Rom), thinner where the hand is quick."""
    ink = Image.new("L", size)
    draw = ImageDraw.Draw(ink)
    ends = [points[0], *points, points[-1]]
    for before, start, end, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        steps = max(2, int(math.dist(start, end) / 2))
        thick = pen * (1.0 if math.dist(start, end) < DPI / 4 else 0.75) / 2
        for step in range(steps + 1):
            x, y = _between(before, start, end, after, step / steps)
            draw.ellipse((x - thick, y - thick, x + thick, y + thick), fill=255)
    return ink.filter(ImageFilter.GaussianBlur(0.8))


def _between(before: Point, start: Point, end: Point, after: Point, share: float) -> Point:
    def along(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (
            2 * b + (c - a) * share + (2 * a - 5 * b + 4 * c - d) * share**2 + (3 * b - a - 3 * c + d) * share**3
        )

    return (along(before[0], start[0], end[0], after[0]), along(before[1], start[1], end[1], after[1]))


def _unevenly(ink: Image.Image, random: np.random.Generator, *, least: float) -> Image.Image:
    """Ink as paper takes it: here and there less, never below the share `least`."""
    coarse = random.uniform(least, 1.0, (ink.height // 18 + 2, ink.width // 18 + 2))
    cover = Image.fromarray((coarse * 255).astype(np.uint8)).resize(ink.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(ink, cover).filter(ImageFilter.GaussianBlur(0.9))
