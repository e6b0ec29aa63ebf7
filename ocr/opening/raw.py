"""What opening a scan gives: one page as the scanner made it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.page import Colour, Line, TextLayer

Image = NDArray[np.uint8]  #: (height, width) grey, or (height, width, 3) in OpenCV's order blue, green, red


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A page as it lies in its file: neither turned nor cleaned."""

    number: int  #: within the source, from 1
    image: Image
    dpi: float
    dpi_is_known: bool  #: False where the file claims none that can be believed and it was estimated
    colour: Colour
    text_layer: TextLayer = TextLayer.NONE
    lines: tuple[Line, ...] = ()  #: the file's own text in pixels of `image`, only where `text_layer` is GOOD
    jpeg: bytes | None = None  #: the scanner's own JPEG where the page is exactly that image
    notes: tuple[str, ...] = ()  #: for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken from outside before it is refused; all of it bounds memory, disk or time."""

    max_pixels: int = 300_000_000  #: of one page; A3 at 600 dpi has 70 million
    min_side: int = 40  #: pixels; a smaller page cannot hold a line of text
    max_pages: int = 20_000  #: of one source
    max_archive_members: int = 100_000
    max_archive_bytes: int = 200 * 1024**3  #: of all members together, unpacked
    max_archive_ratio: int = 200  #: unpacked over packed bytes of one member; scans hardly shrink
    page_seconds: float = 120.0  #: for an outside program on one page
