"""Takes the scanner's noise out of the paper between the print, so that a page's JPEG need not store it.

Print, stamps, pen strokes and whatever else stands out of the noise keep their pixels; only what lies within the
noise of its neighbourhood becomes its mean (sigma filter, Lee, CVGIP 1983). Most of a scan's bytes are that noise.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr.opening.raw import Image

_WINDOW_MM = 0.7  # side of the neighbourhood: as wide as two strokes
_NOISES = 4.0  # times the typical difference from the mean: what stands out more is no noise
_LEAST, _MOST = 4.0, 14.0  # grey levels; even a clean page is not stored finer, nothing stronger is taken for noise
_NEIGHBOURS = 3  # pixels of nine that stand out before any is believed
_KEPT_MM = 0.25  # around what stands out, so that strokes keep their edges


def smoothed(image: Image, dpi: float) -> Image:
    """The page with its noise smoothed away; (height, width) grey or (height, width, 3) blue, green, red."""
    side = max(round(_WINDOW_MM / 25.4 * dpi) | 1, 3)
    mean = np.asarray(cv2.blur(image, (side, side)), dtype=np.uint8)
    off = cv2.absdiff(_green(image), _green(mean))
    limit = min(max(_NOISES * float(np.median(off[::8, ::8])), _LEAST), _MOST)
    outside = cv2.threshold(off, limit, 9, cv2.THRESH_BINARY)[1]
    believed = cv2.threshold(cv2.blur(outside, (3, 3)), _NEIGHBOURS - 0.5, 1, cv2.THRESH_BINARY)[1]
    around = max(round(_KEPT_MM / 25.4 * dpi), 1)
    kept = cv2.dilate(believed, np.ones((2 * around + 1, 2 * around + 1), np.uint8))
    cv2.copyTo(image, kept, mean)
    return mean


def _green(image: Image) -> Image:
    """The channel that tells tones; OpenCV takes twice as long to copy it out of the others."""
    return image if image.ndim == 2 else np.ascontiguousarray(image[:, :, 1])
