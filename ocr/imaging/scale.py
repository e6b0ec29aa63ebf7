"""Smaller copies of a page: each step works at the resolution that it needs."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.opening.raw import Image

LOOK_DPI = 75.0  # light, colours, seals; up to twice as much where halving does not fit
PRINT_DPI = 150.0  # letters as pieces of ink: lean, turn, rules


def halved(image: Image) -> Image:
    """Means of two by two pixels: a fifth of the time of any other reduction."""
    height, width = image.shape[0] // 2, image.shape[1] // 2
    small = cv2.resize(image[: height * 2, : width * 2], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def halved_to(image: Image, dpi: float, target: float) -> tuple[Image, float]:
    """The image halved while it keeps `target` dpi or nearly so, and its dpi then: `target` to twice that."""
    while dpi >= 1.9 * target and min(image.shape[:2]) >= 4:
        image, dpi = halved(image), dpi / 2
    return image, dpi


def enlarged_to(image: Image, size: tuple[int, int]) -> Image:
    """The image stretched smoothly to (width, height)."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
