"""What scanners, phones and time do to a sheet: turned, skewed, tinted, uneven light, noise, show-through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter, ImageOps

White = tuple[float, float, float]

PAPER: White = (250.0, 249.0, 245.0)  # fresh office paper under a scanner's lamp
OLD_PAPER: White = (241.0, 234.0, 216.0)
DESK = (124, 92, 62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """How a sheet was scanned."""

    rotation: int = 0  #: degrees that the upright sheet was turned counter-clockwise: 0, 90, 180, 270
    skew: float = 0.0  #: degrees counter-clockwise on top of that
    paper: White = PAPER
    noise: float = 2.0  #: standard deviation, grey levels
    blur: float = 0.5  #: radius, pixels of the scan
    show_through: float = 0.0  #: share of the other side's print that shines through


def scanned(
    drawn: Image.Image, scan: Scan, random: np.random.Generator, *, back: Image.Image | None = None
) -> Image.Image:
    """The drawn sheet as a flat-bed scanner delivers it, at half the drawn resolution, RGB.

    back: the drawn other side, for what shines through.
    """
    page = drawn.reduce(2)
    if back is not None:
        page = _showing(page, back.reduce(2), scan.show_through)
    if scan.skew:
        page = page.rotate(scan.skew, resample=Image.Resampling.BICUBIC, fillcolor="white")
    if scan.rotation:
        page = page.rotate(scan.rotation, expand=True)
    page = page.filter(ImageFilter.GaussianBlur(scan.blur))
    return _lit(page, scan.paper, scan.noise, random, shade=0.025)


def black_and_white(page: Image.Image, *, threshold: int = 168) -> Image.Image:
    """A scan in one bit a pixel, as fax-like office scanners save it."""
    return page.convert("L").point(lambda level: 255 if level > threshold else 0).convert("1")


def photographed(drawn: Image.Image, random: np.random.Generator, *, paper: White = OLD_PAPER) -> Image.Image:
    """The sheet as a phone sees it on a desk: from slightly below, a shadow to one side, no resolution told."""
    page = drawn.reduce(2)
    border = round(0.035 * page.width)
    desk = ImageOps.expand(page, border, fill="white")
    width, height = desk.size
    mask = ImageOps.expand(Image.new("L", page.size, 255), border, fill=0)
    # Corners of what is seen, in desk pixels: wider than the desk at the foot, so the sheet narrows to the top.
    quad = (
        -0.012 * width,
        -0.004 * height,
        0.004 * width,
        height,
        1.002 * width,
        0.998 * height,
        width * 1.015,
        0.006 * height,
    )
    seen, there = (
        image.transform(desk.size, Image.Transform.QUAD, quad, resample=Image.Resampling.BICUBIC, fillcolor=0)
        for image in (desk, mask)
    )
    lit = _lit(seen.filter(ImageFilter.GaussianBlur(0.6)), paper, 2.5, random, shade=0.12)
    table = _lit(Image.new("RGB", desk.size, DESK), (255.0, 255.0, 255.0), 4.0, random, shade=0.1)
    return Image.composite(lit, table, there)


def _showing(page: Image.Image, back: Image.Image, share: float) -> Image.Image:
    faint = ImageOps.mirror(back.convert("L")).filter(ImageFilter.GaussianBlur(2.5))
    shine = faint.point(lambda level: round(255 - share * (255 - level)))
    return Image.fromarray(
        (np.asarray(page, np.uint16) * np.asarray(shine, np.uint16)[:, :, None] // 255).astype(np.uint8)
    )


def _lit(page: Image.Image, paper: White, noise: float, random: np.random.Generator, *, shade: float) -> Image.Image:
    """Paper colour, a light that falls off towards one corner by the share `shade`, grain of the sensor."""
    height, width = page.height, page.width
    corner = random.uniform(0.0, 1.0, (2, 2))
    fall = Image.fromarray((255 * (1 - shade * corner)).astype(np.uint8)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    light = np.asarray(fall, np.float32)[:, :, None] / 255 * (np.asarray(paper, np.float32) / 255)
    grain = random.normal(0.0, noise, (height, width, 1)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(page, np.float32) * light + grain, 0, 255).astype(np.uint8))
