"""Where things lie on a PDF page: matrices, the part of the page that is shown, and how it is turned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pikepdf

from ocr.geometry import Box

Matrix = tuple[float, float, float, float, float, float]  #: a b c d e f of PDF 8.3.4
UNMOVED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
UNIT = Box(0.0, 0.0, 1.0, 1.0)  #: an image fills it before its matrix is applied

_LETTER = Box(0.0, 0.0, 612.0, 792.0)  # what readers take where a page claims no size
_FARTHEST = 1e7  # points; beyond it numbers are damage
_MAX_DEPTH = 64  # folders of the page tree above a page
_POINTS = 72.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The shown part of a page."""

    box: Box  #: in the page's own space: y upwards, not turned
    rotate: int  #: degrees clockwise that a viewer turns it: 0, 90, 180, 270
    unit: float  #: points that one of the page's units is long; 1 but for very large pages

    @property
    def is_turned(self) -> bool:
        """Is it shown with width and height exchanged?"""
        return self.rotate in (90, 270)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches, as it is shown."""
        width, height = (side * self.unit / _POINTS for side in (self.box.width, self.box.height))
        return (height, width) if self.is_turned else (width, height)


def frame_of(page: pikepdf.Object) -> Frame:
    """The shown part of a page: the crop box within the media box (PDF 14.11.2), both perhaps inherited."""
    media = _box(inherited(page, "/MediaBox")) or _LETTER
    crop = _box(inherited(page, "/CropBox")) or media
    shown = Box(max(media.x0, crop.x0), max(media.y0, crop.y0), min(media.x1, crop.x1), min(media.y1, crop.y1))
    if shown.width <= 0 or shown.height <= 0:
        shown = media
    turn = number_of(inherited(page, "/Rotate")) or 0.0
    unit = number_of(page.get("/UserUnit")) or 1.0
    rotate = round(turn / 90) * 90 % 360
    return Frame(box=shown, rotate=rotate, unit=unit if 0 < unit <= _FARTHEST else 1.0)


def inherited(page: pikepdf.Object, name: str) -> object:
    """An entry of a page, or of the nearest node above it in the page tree; None where there is none."""
    node = page
    for _ in range(_MAX_DEPTH):
        if (value := node.get(name)) is not None:
            return value
        parent = node.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary):
            return None
        node = parent
    return None


def number_of(value: object) -> float | None:
    """A PDF number that can be meant; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    result = float(value)
    return result if abs(result) <= _FARTHEST else None


def _box(value: object) -> Box | None:
    """A rectangle, its corners in any order."""
    numbers = numbers_of(value, 4)
    if numbers is None:
        return None
    xs, ys = sorted(numbers[::2]), sorted(numbers[1::2])
    box = Box(xs[0], ys[0], xs[1], ys[1])
    return box if box.width > 0 and box.height > 0 else None


def numbers_of(value: object, count: int) -> list[float] | None:
    """The numbers of an array of `count`; None where it is none."""
    if not isinstance(value, pikepdf.Array) or len(value) != count:
        return None
    numbers = [number_of(one) for one in value]
    found = [one for one in numbers if one is not None]
    return found if len(found) == count else None


def rectangle(value: object) -> Box | None:
    """A PDF rectangle with some extent; None for anything else."""
    return _box(value)


def matrix_of(value: object) -> Matrix:
    """A form's matrix; the one that moves nothing where there is none."""
    numbers = numbers_of(value, 6)
    return (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]) if numbers else UNMOVED


def joined(first: Matrix, then: Matrix) -> Matrix:
    """One matrix for two, `first` applied first."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def moved(box: Box, matrix: Matrix) -> Box:
    """The upright box around a box that a matrix has moved."""
    a, b, c, d, e, f = matrix
    corners = [(x * a + y * c + e, x * b + y * d + f) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]
    xs, ys = zip(*corners, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))
