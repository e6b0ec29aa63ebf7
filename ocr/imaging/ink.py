"""Parts ink from paper and ink from ink: black print stays, red seals and blue pens fade, light is levelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
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
    return np.asarray(cv2.blur(cv2.medianBlur(closed, 5), (side, side), borderType=cv2.BORDER_REPLICATE), np.uint8)


def over_paper(image: Image, paper: Image) -> Image:
    """The image as if its paper were white; ground darker than any paper stays dark."""
    return np.asarray(cv2.divide(image, np.maximum(paper, DARKEST_PAPER), scale=255), np.uint8)


def without_colour(image: Image) -> Image:
    """(height, width): black print dark, coloured ink as light as paper or nearly so."""
    if image.ndim == 2:
        return image
    blue, green, red = cv2.split(image)
    most = cv2.max(cv2.max(blue, green), red)
    least = cv2.min(cv2.min(blue, green), red)
    return np.asarray(cv2.addWeighted(most, 1 + LIFT, least, -LIFT, 0), np.uint8)


def is_blue_print(image: Image) -> bool:
    """Whether a page is written or printed in blue for the most part: then blue is what must be read.

    Told on every fourth pixel each way.
    """
    if image.ndim == 2:
        return False
    blue, green, red = cv2.split(np.ascontiguousarray(np.ascontiguousarray(image[::4])[:, ::4]))
    paper = percentile(cv2.calcHist([red], [0], None, [256], [0, 256]).ravel(), 80)
    is_blue = (cv2.subtract(blue, red) >= COLOURED) & (red < 0.75 * paper)
    is_black = (cv2.max(cv2.max(blue, green), red) < 0.5 * paper) & ~is_blue
    return bool(is_blue.mean() > LEAST_BLUE and is_blue.sum() > 2 * is_black.sum())


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
    rows = grey[::8].astype(np.int16)
    paper = rows > float(np.percentile(rows[:, ::8], 50)) - 25
    steps = np.abs(rows[:, 1:] - rows[:, :-1])[paper[:, 1:] & paper[:, :-1]]
    return float(steps.mean()) if steps.size else 0.0


def levelled_light(grey: Image, dpi: float, *, white: int = WHITE) -> Image:
    """Paper white, print black, whatever the light, the paper's tone and what shines through.

    grey: (height, width). The paper is estimated on a reduced image, print is divided by it.
    white: grey after that division from which all is paper.
    """
    small, small_dpi = halved_to(grey, dpi, LOOK_DPI)
    tone = np.maximum(paper_tone(small, small_dpi), DARKEST_PAPER)
    paper = enlarged_to(tone, (grey.shape[1], grey.shape[0]))
    level = np.asarray(cv2.divide(grey, paper, scale=255), np.uint8)
    look, _ = halved_to(level, dpi, PRINT_DPI)
    black, white = _stretch(cv2.calcHist([look], [0], None, [256], [0, 256]).ravel(), white)
    table = np.clip((np.arange(256) - black) * 255.0 / (white - black), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(level, table), np.uint8)


def percentile(counts: NDArray[Any], percent: float) -> float:
    """The value below which so many percent lie; counts: of each value from 0, which costs less than sorting."""
    share = np.cumsum(counts)
    return float(np.searchsorted(share, percent / 100 * float(share[-1])))


def _stretch(counts: NDArray[Any], white: int) -> tuple[int, int]:
    """The greys that become black and white; counts: of each of the 256 greys of a page whose paper is white."""
    share = np.cumsum(counts) * (100.0 / max(1.0, float(counts.sum())))
    black = int(np.searchsorted(share, DARKEST))
    if black > FADED:  # little print, or pale print
        black = int(np.searchsorted(share, DARKEST / 10))
    if black <= FADED:
        return black, white
    paper = 128 + int(counts[128:].argmax())
    if paper - black < LEAST_PRINT:
        return FADED, white
    return black, black + round(PALE_WHITE * (paper - black))
