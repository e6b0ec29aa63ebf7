"""Turns pages: by quarters without loss, and the small rest by one warp."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.opening.raw import Image


def quarter_turned(image: Image, degrees: int) -> Image:
    """The image turned clockwise by 0, 90, 180 or 270 degrees: undoes a counter-clockwise `rotation`."""
    turns = (degrees // 90) % 4
    return np.ascontiguousarray(np.rot90(image, -turns)) if turns else image


def levelled(image: Image, degrees: float) -> Image:
    """The image turned clockwise by a small angle about its middle, same size, paper in the corners."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    paper = paper_colour(image)
    return np.asarray(
        cv2.warpAffine(
            image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=paper
        )
    )


def paper_colour(image: Image) -> tuple[float, ...]:
    """The commonest bright tone of the page, for corners that a turn lays bare."""
    small = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA).reshape(64 * 64, -1)
    return tuple(float(np.percentile(small[:, channel], 75)) for channel in range(small.shape[1]))
