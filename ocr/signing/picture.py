"""The agency's red seal as a picture on its stamp (TT 01/2019, TT 02/2019), from a PNG that the agency keeps.

Only its ink is laid on the page: paper shows between its rings, without transparency, which some archives refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image

from ocr.pdf.images import ImageUnusable, group4, image_entries
from ocr.pdf.streams import Stream, deflated

_MOST_PIXELS = 1200  # across or down; finer than any printer at a seal's size
_OPAQUE = 128  # of alpha: what is more is ink
_WHITE = 215  # of the darkest channel, where a picture has no alpha: what is lighter is paper


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPicture:
    """A picture and where it has ink."""

    colours: Stream
    ink: Stream
    share: float  #: its width over its height


def seal_picture(file: Path) -> SealPicture:
    """Read a PNG. Raises ImageUnusable for what is none, or shows nothing; OSError where it cannot be read."""
    data = file.open("rb")
    try:
        with data, PIL.Image.open(data, formats=("PNG",)) as opened:
            opened.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
            pixels = np.asarray(opened.convert("RGBA"))
    except (PIL.UnidentifiedImageError, PIL.Image.DecompressionBombError, SyntaxError, ValueError, OSError) as error:
        raise ImageUnusable(f"{file}: no PNG that can be read ({error})") from error
    colours, alpha = np.ascontiguousarray(pixels[:, :, :3]), pixels[:, :, 3]
    ink = alpha > _OPAQUE if alpha.min() < _OPAQUE else colours.min(axis=2) < _WHITE
    if not ink.any():
        raise ImageUnusable(f"{file}: shows nothing")
    height, width = ink.shape
    entries = image_entries(width, height, channels=3, coding="FlateDecode")
    painted = deflated(colours.tobytes())
    bits = PIL.Image.frombytes("1", (width, height), np.packbits(ink, axis=1).tobytes())
    return SealPicture(colours=Stream(painted.data, entries), ink=group4(bits, stencil=True), share=width / height)
