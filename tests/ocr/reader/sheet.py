"""Small pages typeset with the font that the installation brings anyway."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.opening.raw import Image as Pixels

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
DPI = 200


def page(
    lines: list[tuple[float, float, str]], *, points: float = 13, size: tuple[float, float] = (7.0, 3.0)
) -> Pixels:
    """A clean grey page, (height, width): texts at x and baseline in inches."""
    image = Image.new("L", (round(size[0] * DPI), round(size[1] * DPI)), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, round(points * DPI / 72), layout_engine=ImageFont.Layout.BASIC)
    for x, y, text in lines:
        draw.text((round(x * DPI), round(y * DPI)), text, font=font, fill=0, anchor="ls")
    return np.array(image)
