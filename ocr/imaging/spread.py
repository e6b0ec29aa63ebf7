"""A spread of two leaves that lean each its own way: each is levelled by itself before the page is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ocr.imaging.orientation import find_turn
from ocr.imaging.pieces import LONGEST_MM, Pieces, find_pieces
from ocr.imaging.skew import find_skew
from ocr.imaging.turning import WARP, paper_colour, quarter_turned
from ocr.opening.raw import Image, RawPage
from ocr.page import Colour

WIDE = 1.2  # width over height of an upright spread; A3 lying has 1.41
GUTTER = (0.4, 0.6)  # where the fold may be, shares of the width
GUTTER_MM = 6.0  # that are free of letters there; between words there are 2
FEWEST = 100  # letters of a leaf that has a lean of its own
APART = 0.3  # degrees between the leaves from which one lean will not do
FARTHEST = 6.0  # degrees of a leaf's lean; more would take its corners off the glass
AIR_MM = 1.0  # between a leaf's letters and its edge, so that no accent is cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """Where a spread is folded and how its leaves lean, of the upright page."""

    fold: float  #: share of the width
    leans: tuple[float, float]  #: degrees counter-clockwise, left and right

    @property
    def apart(self) -> float:
        """Degrees between them."""
        return abs(self.leans[0] - self.leans[1])


def find_leaves(grey: Image, pieces: Pieces) -> Leaves | None:
    """The two leaves of an upright page, where it is a spread and they lean differently; None for any other page.

    grey: the clean page that the pieces were found on, at about 150 dpi.
    """
    height, width = grey.shape[:2]
    if width < WIDE * height:
        return None
    fold = _fold(pieces, width)
    if fold is None:
        return None
    leans = []
    for left, right in ((0, fold), (fold, width)):
        half = np.ascontiguousarray(grey[:, left:right])
        found = find_pieces(half, pieces.dpi)
        skew = find_skew(half, found, find_turn(found, rotation=0).peak)
        if int(found.letters.sum()) < FEWEST or skew is None or abs(skew.degrees) > FARTHEST:
            return None
        if not _stays_inside(found, skew.degrees, half):
            return None
        leans.append(skew.degrees)
    leaves = Leaves(fold=fold / width, leans=(leans[0], leans[1]))
    return leaves if leaves.apart >= APART else None


def levelled(raw: RawPage, rotation: int, leaves: Leaves) -> RawPage:
    """The page with both leaves level, lying on the glass as it did.

    rotation: degrees counter-clockwise by which its content is turned.
    """
    upright = quarter_turned(raw.image, rotation)
    height, width = upright.shape[:2]
    fold = round(leaves.fold * width)
    level = np.empty_like(upright)
    for (left, right), lean in zip(((0, fold), (fold, width)), leaves.leans, strict=True):
        half = upright[:, left:right]
        matrix = cv2.getRotationMatrix2D(((right - left - 1) / 2, (height - 1) / 2), -lean, 1.0)
        level[:, left:right] = cv2.warpAffine(
            half, matrix, (right - left, height), flags=WARP, borderValue=paper_colour(half)
        )
    if raw.colour is Colour.BILEVEL:
        level = np.asarray(cv2.threshold(level, 127, 255, cv2.THRESH_BINARY)[1], np.uint8)
    note = f"the two leaves lean differently, by {leaves.apart:.1f} degrees: each was levelled by itself"
    return replace(raw, image=quarter_turned(level, (360 - rotation) % 360), jpeg=None, notes=(*raw.notes, note))


def _fold(pieces: Pieces, width: int) -> int | None:
    """The middle of the widest band without letters and without what is longer than a letter across, in pixels.

    A fold's own shadow runs down the band and is narrow.
    """
    across = pieces.letters | (pieces.width >= LONGEST_MM * pieces.dpi / 25.4)
    edges = np.zeros(width + 1, np.int64)
    starts = np.clip(pieces.x[across], 0, width).astype(np.int64)
    ends = np.clip(np.ceil(pieces.x[across] + pieces.width[across]), 0, width).astype(np.int64)
    np.add.at(edges, starts, 1)
    np.add.at(edges, ends, -1)
    low, high = (round(share * width) for share in GUTTER)
    free = np.cumsum(edges[:-1])[low:high] == 0
    turns = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    bands = sorted((end - start, start) for start, end in zip(turns[::2], turns[1::2], strict=True))
    if not bands or bands[-1][0] < GUTTER_MM * pieces.dpi / 25.4:
        return None
    return low + int(bands[-1][1]) + int(bands[-1][0]) // 2


def _stays_inside(pieces: Pieces, lean: float, half: Image) -> bool:
    """Whether a leaf's letters are still on it once its lean is undone about its middle."""
    height, width = half.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -lean, 1.0)
    kept = pieces.letters
    x, y = pieces.x[kept] + pieces.width[kept] / 2, pieces.y[kept] + pieces.height[kept] / 2
    at = np.stack([x, y, np.ones_like(x)]).T @ matrix.T
    reach = AIR_MM * pieces.dpi / 25.4 + np.maximum(pieces.width, pieces.height)[kept] / 2
    ends = np.array([width, height])
    return bool(((at >= reach[:, None]) & (at + reach[:, None] <= ends)).all())
