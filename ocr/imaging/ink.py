"""Parts ink from paper and ink from ink: black print stays, red seals and blue pens fade, light is levelled."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from ocr.imaging.scale import LOOK_DPI, PRINT_DPI, enlarged_to, halved_to
from ocr.opening.raw import Image

WINDOW_MM = 4.0  # the paper's light is looked for within this: wider than any stroke, narrower than shadows
DARKEST_PAPER = 32  # darker ground is no paper, and is not made white
DARKEST = 0.5  # percent of pixels taken as full black
WHITE = 245  # grey, of 255, that counts as paper after levelling; a lower one thins accents away
WHITE_OF_RESTLESS = 220  # the same for restless paper: its texture lies above
FADED = 90  # grey of ink that is pale; such print is stretched by its own range
LEAST_PRINT = 18  # greys between paper and the darkest ink below which all is texture
PALE_WHITE = 0.7  # of that range counts as paper
STRIP = 64  # rows worked on at a time: their channels stay in the processor's cache, a page's wait for memory
LIFT = 0.5  # how much colour lightens an ink: pure red and blue pass over to paper, black stays

LEAST_BLUE = 0.004  # share of a page that is written in blue
COLOURED = 36  # levels of 255 between the densities of an ink in two channels that make it coloured
FAINT_COLOUR = 18  # that suffice where a ring is looked for
DARK = 70  # density in all channels that makes an ink black

BoolImage = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inks:
    """Where which ink is, on a reduced page; None for the colours of a scan without any."""

    dpi: float  #: of the masks
    dark: BoolImage  #: (height, width): black print, toner, dark pens
    red: BoolImage | None  #: seals, red stamps, red print
    faint_red: BoolImage | None  #: `red` and paler: seals short of ink
    blue: BoolImage | None  #: pens, blue stamps
    density: Image  #: (height, width): strongest of all channels, 0 is paper, 255 full ink


def part_inks(image: Image, dpi: float, *, target: float = LOOK_DPI) -> Inks:
    """Tell inks apart by their density in each channel, relative to the paper around.

    image: as scanned, (height, width) or (height, width, 3). Works at `target` to twice as many dpi.
    """
    small, small_dpi = halved_to(image, dpi, target)
    paper = paper_tone(small, small_dpi)
    density = cv2.bitwise_not(over_paper(small, paper))
    if density.ndim == 2:
        return Inks(
            dpi=small_dpi,
            dark=density >= DARK,
            red=None,
            faint_red=None,
            blue=None,
            density=np.asarray(density, np.uint8),
        )
    in_blue, in_green, in_red = cv2.split(density)
    least = cv2.min(cv2.min(in_blue, in_green), in_red)
    most = cv2.max(cv2.max(in_blue, in_green), in_red)
    redness = cv2.subtract(cv2.min(in_blue, in_green), in_red)
    red = redness >= COLOURED
    blue = (cv2.subtract(in_red, in_blue) >= COLOURED) & ~red
    dark = (least >= DARK) & ~red & ~blue
    return Inks(
        dpi=small_dpi,
        dark=dark,
        red=red,
        faint_red=redness >= FAINT_COLOUR,
        blue=blue,
        density=np.asarray(most, np.uint8),
    )


def paper_tone(image: Image, dpi: float) -> Image:
    """The paper under the ink, of the same shape: ink narrower than the window is closed over, the rest smoothed.

    dpi: about 75; the window is cut to be odd.
    """
    side = max(3, round(WINDOW_MM / 25.4 * dpi)) | 1
    closed = cv2.morphologyEx(
        image, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.blur(cv2.medianBlur(closed, 3), (side, side), borderType=cv2.BORDER_REPLICATE), np.uint8)


def over_paper(image: Image, paper: Image) -> Image:
    """The image as if its paper were white; ground darker than any paper stays dark."""
    return np.asarray(cv2.divide(image, np.maximum(paper, DARKEST_PAPER), scale=255), np.uint8)


def without_colour(image: Image) -> Image:
    """(height, width): black print dark, coloured ink as light as paper or nearly so."""
    if image.ndim == 2:
        return image
    height, width = image.shape[:2]
    plain = np.empty((height, width), np.uint8)
    scratch = np.empty((5, STRIP, width), np.uint8)
    for top in range(0, height, STRIP):
        strip = image[top : top + STRIP]
        blue, green, red, most, least = scratch[:, : len(strip)]
        cv2.split(strip, (blue, green, red))
        cv2.max(cv2.max(blue, green, dst=most), red, dst=most)
        cv2.min(cv2.min(blue, green, dst=least), red, dst=least)
        cv2.addWeighted(most, 1 + LIFT, least, -LIFT, 0, dst=plain[top : top + STRIP])
    return plain


def is_blue_print(image: Image) -> bool:
    """Whether a page is written or printed in blue for the most part: then blue is what must be read.

    Told on every fourth pixel each way.
    """
    if image.ndim == 2:
        return False
    height, width = (max(1, side // 4) for side in image.shape[:2])
    some = cv2.resize(image[: 4 * height, : 4 * width], (width, height), interpolation=cv2.INTER_NEAREST)
    blue, green, red = cv2.split(some)
    bluer = from_level(cv2.subtract(blue, red), COLOURED)
    if cv2.countNonZero(bluer) <= LEAST_BLUE * red.size:
        return False
    paper = percentile(histogram(red), 80)
    is_blue = cv2.bitwise_and(bluer, below_level(red, 0.75 * paper))
    dark = below_level(cv2.max(cv2.max(blue, green), red), 0.5 * paper)
    many, black = cv2.countNonZero(is_blue), cv2.countNonZero(cv2.compare(dark, is_blue, cv2.CMP_GT))
    return many > LEAST_BLUE * red.size and many > 2 * black


def with_blue_ink(image: Image) -> Image:
    """(height, width): the red channel, in which blue and black are dark and red seals fade."""
    return np.asarray(cv2.extractChannel(image, 2), np.uint8)


def all_ink(image: Image) -> Image:
    """(height, width): ink of any colour dark."""
    if image.ndim == 2:
        return image
    blue, green, red = cv2.split(image)
    return np.asarray(cv2.min(cv2.min(blue, green), red), np.uint8)


def texture(grey: Image) -> float:
    """How restless the paper is: mean step between neighbouring pixels of paper, in grey levels.

    Clean scans have 0.3 to 1.5, noisy glass, recycled paper and strong compression 2 to 8.
    """
    rows = np.ascontiguousarray(grey[::8])
    middle = percentile(histogram(np.ascontiguousarray(rows[:, ::8])), 50)
    paper = from_level(rows, middle - 24)
    steps = cv2.absdiff(rows[:, 1:], rows[:, :-1])
    return float(cv2.mean(steps, mask=cv2.bitwise_and(paper[:, 1:], paper[:, :-1]))[0])


def levelled_light(grey: Image, dpi: float, *, white: int = WHITE) -> Image:
    """Paper white, print black, whatever the light, the paper's tone and what shines through.

    grey: (height, width). The paper is estimated on a reduced image, print is divided by it.
    white: grey after that division from which all is paper.
    """
    small, small_dpi = halved_to(grey, dpi, LOOK_DPI)
    tone = np.maximum(paper_tone(small, small_dpi), DARKEST_PAPER)
    paper = enlarged_to(tone, (grey.shape[1], grey.shape[0]))
    level = np.asarray(cv2.divide(grey, paper, dst=paper, scale=255), np.uint8)
    look, _ = halved_to(level, dpi, PRINT_DPI)
    black, white = _stretch(look, white)
    table = np.clip((np.arange(256) - black) * 255.0 / (white - black), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(level, table, dst=level), np.uint8)


def from_level(image: MatLike, level: float) -> Image:
    """255 where a pixel is as bright as `level` or brighter, else 0."""
    return np.asarray(cv2.threshold(image, ceil(level) - 1, 255, cv2.THRESH_BINARY)[1], np.uint8)


def below_level(image: MatLike, level: float) -> Image:
    """255 where a pixel is darker than `level`, else 0."""
    return np.asarray(cv2.threshold(image, ceil(level) - 1, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)


def histogram(image: MatLike, *, mask: Image | None = None) -> NDArray[np.float32]:
    """How many pixels have each of the 256 values, of those where the mask is not 0.

    A mask over the commonest value makes it twice as fast: counting the same one again and again waits for memory.
    """
    return np.asarray(cv2.calcHist([image], [0], mask, [256], [0, 256]), np.float32).ravel()


def percentile(counts: NDArray[Any], percent: float) -> float:
    """The value below which so many percent lie; counts: of each value from 0, which costs less than sorting."""
    share = np.cumsum(counts)
    return float(np.searchsorted(share, percent / 100 * float(share[-1])))


def _stretch(grey: Image, white: int) -> tuple[int, int]:
    """The greys that become black and white on a page whose paper is white."""
    black = _darkest(histogram(grey, mask=below_level(grey, FADED + 1)), grey.size)
    if black <= FADED:
        return black, white
    counts = histogram(grey)
    black = _darkest(counts, grey.size)
    paper = 128 + int(counts[128:].argmax())
    if paper - black < LEAST_PRINT:
        return FADED, white
    return black, black + round(PALE_WHITE * (paper - black))


def _darkest(counts: NDArray[np.float32], pixels: int) -> int:
    """The grey of full black; beyond `FADED` where there is little print, or pale print."""
    share = np.cumsum(counts) * (100.0 / max(1, pixels))
    black = int(np.searchsorted(share, DARKEST))
    return black if black <= FADED else int(np.searchsorted(share, DARKEST / 10))
