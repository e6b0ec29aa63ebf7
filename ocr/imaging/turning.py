"""Where a scan's pixels go: quarter turns without loss, and turn, lean and size together in one warp."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import Box
from ocr.opening.raw import Image

WARP = cv2.INTER_LINEAR  # cubic takes five times as long and reads no better (tests/benchmarks/text.py)
_QUARTERS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How the stored page lies over the scan."""

    rotation: int  #: degrees counter-clockwise that the scan's content is turned; undone
    degrees: float  #: lean counter-clockwise after that; undone, 0 where it is left
    size: tuple[int, int]  #: stored page, (width, height) in pixels
    matrix: NDArray[np.float64]  #: (2, 3): scan to stored page, both in the scan's pixels

    @property
    def is_identity(self) -> bool:
        """Whether the stored page is the scan, pixel by pixel."""
        return self.rotation == 0 and self.degrees == 0.0


def place(width: int, height: int, *, rotation: int, degrees: float, keep: Box | None = None) -> Placement:
    """Undo a turn and a lean about the page's middle.

    keep: what must not fall off the page, in pixels of the scan; the page grows where it would.
    """
    turn = _quarter(width, height, rotation)
    across, down = (height, width) if rotation in (90, 270) else (width, height)
    lean = np.eye(3)
    if degrees:
        lean[:2] = cv2.getRotationMatrix2D((across / 2, down / 2), -degrees, 1.0)
    matrix = lean @ turn
    size = (across, down)
    if degrees and keep is not None:
        x0, y0, x1, y1 = _image_of(keep, matrix)
        left, top = max(0, int(np.ceil(-x0))), max(0, int(np.ceil(-y0)))
        matrix = np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]]) @ matrix
        size = (max(across, int(np.ceil(x1))) + left, max(down, int(np.ceil(y1))) + top)
    return Placement(rotation=rotation, degrees=degrees, size=size, matrix=matrix[:2])


def placed(image: Image, placement: Placement, *, scale: float = 1.0, reduced: float = 1.0) -> Image:
    """The image as the placement has it, paper in corners that are laid bare.

    reduced: size of `image` over the scan's, as it was halved; scale: size of the result over the stored page's.
    A mere quarter turn moves pixels; all else is one warp.
    """
    if placement.degrees == 0.0 and scale == reduced:
        return quarter_turned(image, placement.rotation)
    full = np.vstack([placement.matrix, [0, 0, 1]])
    matrix = np.diag([scale, scale, 1.0]) @ full @ np.diag([1 / reduced, 1 / reduced, 1.0])
    matrix = _shift(-0.5) @ matrix @ _shift(0.5)  # OpenCV counts from the middle of the first pixel
    size = (max(1, round(placement.size[0] * scale)), max(1, round(placement.size[1] * scale)))
    border = paper_colour(image)
    warped = cv2.warpAffine(image, matrix[:2], size, flags=WARP, borderMode=cv2.BORDER_CONSTANT, borderValue=border)
    return np.asarray(warped, np.uint8)


def quarter_turned(image: Image, rotation: int) -> Image:
    """The image turned clockwise by 0, 90, 180 or 270 degrees: undoes a counter-clockwise `rotation`."""
    return np.asarray(cv2.rotate(image, _QUARTERS[rotation]), np.uint8) if rotation else image


def paper_colour(image: Image) -> tuple[float, ...]:
    """The commonest bright tone of the page, for corners that a turn lays bare."""
    rows, columns = (max(1, side // 64) for side in image.shape[:2])
    sample = image[::rows, ::columns].reshape(-1, image.shape[2] if image.ndim == 3 else 1)
    return tuple(float(value) for value in np.percentile(sample, 75, axis=0))


def _quarter(width: int, height: int, rotation: int) -> NDArray[np.float64]:
    """Clockwise by `rotation`, in continuous pixel coordinates."""
    rows = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, -1, height], [1, 0, 0]],
        180: [[-1, 0, width], [0, -1, height]],
        270: [[0, 1, 0], [-1, 0, width]],
    }[rotation]
    return np.array([*rows, [0, 0, 1]], np.float64)


def _shift(by: float) -> NDArray[np.float64]:
    return np.array([[1, 0, by], [0, 1, by], [0, 0, 1.0]])


def _image_of(box: Box, matrix: NDArray[np.float64]) -> tuple[float, float, float, float]:
    corners = np.array([(x, y, 1.0) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]) @ matrix[:2].T
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)
