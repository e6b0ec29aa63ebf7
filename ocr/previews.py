"""Small pictures of a paper's pages in one ZIP: lists and first looks need not open the PDF for them.

A preview and a thumbnail a page, in WebP, named by the page's number within the source.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import PIL.Image

from ocr.opening.raw import Image
from ocr.whole import whole_file

PREVIEW = 1240  # pixels of the longer side at most: halves of a scan, so 70 to 110 dpi of an A4 page
THUMBNAIL = (320, 460)  # pixels across and down at most
_QUALITY = 40  # of WebP; print of 70 dpi is as readable as at 80, for two thirds of the bytes
_EFFORT = 0  # of 6; 2 saves a fifth of the bytes and takes half as long again


def preview_name(page: int) -> str:
    """Of a page's preview in the ZIP."""
    return f"page-{page:05}.webp"


def thumbnail_name(page: int) -> str:
    """Of a page's thumbnail in the ZIP."""
    return f"thumb-{page:05}.webp"


@contextmanager
def previews_of(to: Path) -> Iterator[Callable[[int, Image | Path], None]]:
    """Write pictures of pages that are given one after the other: number, and pixels or the file that holds them.

    The ZIP is there when the block ends; the same pages give the same bytes. A page that does not decode is left
    out. Raises OSError for a full disk.
    """
    with whole_file(to) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:

        def add(page: int, image: Image | Path) -> None:
            pixels = _half_of(image) if isinstance(image, Path) else image
            if pixels is None:
                return
            preview = _halved(pixels)
            for name, picture in ((preview_name(page), preview), (thumbnail_name(page), _thumbnail(preview))):
                archive.writestr(zipfile.ZipInfo(name), _webp(picture))

        yield add


def _half_of(file: Path) -> Image | None:
    """An image at half its size, which JPEG decodes in a third of the time."""
    pixels = cv2.imread(str(file), cv2.IMREAD_REDUCED_COLOR_2 | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else np.asarray(pixels, dtype=np.uint8)


def _halved(image: Image) -> Image:
    """The image halved until it is small enough; OpenCV is fast only where the sides are even."""
    while max(image.shape[:2]) > PREVIEW:
        height, width = (max(side // 2, 1) for side in image.shape[:2])
        even = image[: 2 * height, : 2 * width]
        image = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return image


def _thumbnail(image: Image) -> Image:
    height, width = image.shape[:2]
    shrink = min(THUMBNAIL[0] / width, THUMBNAIL[1] / height, 1.0)
    size = (max(round(width * shrink), 1), max(round(height * shrink), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _webp(image: Image) -> bytes:
    written = io.BytesIO()
    shown = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    PIL.Image.fromarray(shown).save(written, "WEBP", quality=_QUALITY, method=_EFFORT)
    return written.getvalue()
