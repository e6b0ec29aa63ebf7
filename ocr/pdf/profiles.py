"""Three ways to store a page's image, from the scanner's own bytes to a tenth of them."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import PIL.Image

from ocr.opening.raw import Image
from ocr.pdf.images import ImageUnusable, PageImage, group4, image_entries, page_image
from ocr.pdf.layers import parted
from ocr.pdf.smoothing import smoothed
from ocr.pdf.streams import Stream

_ARCHIVE_QUALITY = 60  # of JPEG; above it the size of the smoothed page grows faster than anything can be seen
_PLAIN_QUALITY = 85  # of JPEG; what is encoded anew because its own bytes would not do must not lose more
_PAPER_QUALITY, _INK_QUALITY = 40, 45  # of the compact profile's small colour layers
_WORTH_IT = 0.9  # of the stored image's bytes; what saves less is not worth another encode
_DEFAULT_DPI = 200.0


class Profile(StrEnum):
    """How a page's image is stored."""

    ORIGINAL = "original"  # the stored page's own bytes: the scanner's wherever the page needed no turn
    ARCHIVE = "archive"  # one JPEG at full resolution, the paper's noise taken out
    COMPACT = "compact"  # ink sharp at full resolution, its colours and the paper at low resolution


def profiled_image(path: Path, profile: Profile, dpi: float) -> PageImage:
    """A page's image as the profile wants it; black and white pages are the same in each.

    Where a profile would not make the image smaller, the next more faithful one is taken.
    Raises ImageUnusable for what is neither JPEG nor PNG of a kind that PDF knows, OSError where it cannot be read.
    """
    stored = page_image(path)
    if profile is Profile.ORIGINAL or stored.bilevel:
        return stored
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)  # without the turn that EXIF asks for: PDF does not know it
    if pixels is None:
        return stored
    image = np.asarray(pixels, dtype=np.uint8)
    dpi = dpi if dpi > 0 else _DEFAULT_DPI
    if profile is Profile.COMPACT:
        layered = _layered(image, dpi)
        if layered is not None and layered.size < _WORTH_IT * stored.size:
            return layered
    calm = smoothed(image, dpi)
    smooth = PageImage(_jpeg(calm, _ARCHIVE_QUALITY), stored.width, stored.height, pixels=calm)
    return smooth if smooth.size < _WORTH_IT * stored.size else replace(stored, pixels=image)


def plain_image(path: Path) -> PageImage:
    """A page's image decoded and encoded as plain JPEG, where its own bytes or layers made no valid file.

    Raises ImageUnusable where it does not decode.
    """
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise ImageUnusable(f"{path}: does not decode")
    image = np.asarray(pixels, dtype=np.uint8)
    if (image[:, :, 0] == image[:, :, 1]).all() and (image[:, :, 1] == image[:, :, 2]).all():
        image = np.ascontiguousarray(image[:, :, 0])
    return PageImage(_jpeg(image, _PLAIN_QUALITY), image.shape[1], image.shape[0], pixels=image)


def _layered(image: Image, dpi: float) -> PageImage | None:
    layers = parted(image, dpi)
    if layers is None:
        return None
    height, width = image.shape[:2]
    ink = group4(_bits(layers.ink), stencil=True)
    paper = _jpeg(layers.paper, _PAPER_QUALITY)
    return PageImage(_jpeg(layers.ink_colour, _INK_QUALITY), width, height, mask=ink, paper=paper, pixels=image)


def _bits(ink: Image) -> PIL.Image.Image:
    """An image of 0 and 255 as one of single bits; Pillow's own conversion takes three times as long."""
    height, width = ink.shape
    return PIL.Image.frombytes("1", (width, height), np.packbits(ink, axis=1).tobytes())


def _jpeg(image: Image, quality: int) -> Stream:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
    if not done:
        raise ValueError(f"OpenCV does not encode an image of shape {image.shape}")
    return Stream(data.tobytes(), image_entries(image.shape[1], image.shape[0], channels=1 if image.ndim == 2 else 3))
