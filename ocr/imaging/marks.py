"""What else than black print is on a page: seals, stamps, lines of coloured print, signatures, notes by pen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import Box, around
from ocr.imaging.circles import Circle, find_circles
from ocr.imaging.ink import Inks, part_inks
from ocr.imaging.scale import PRINT_DPI
from ocr.opening.raw import Image

SPECK_MM2 = 0.12  # smaller pieces of ink are dust and JPEG noise
REACH_MM = (1.8, 1.0)  # pieces of one mark lie this near to each other, across and down
SEAL_MM = 14.0  # least sides of a seal or a stamp with a frame
STROKE_MM = 9.0  # a pen's stroke as long as this is a signature's
SIGNATURE_MM = 14.0  # least length of a signature
NOTE_MM = 1.8  # least height of a note by pen
LETTER_MM = (1.3, 9.0)  # height of stamped letters
FEWEST_LETTERS = {"red": 4, "blue": 8}  # that make a line of print; few blue ones of one height are figures by pen
EVEN = 0.42  # spread of print's letter heights over their median; handwriting has more
LEVEL = 3.0  # degrees from which stamped print is turned for reading
SHORTEST_MM = 8.0  # of a line of stamped print
REMNANT = 0.4  # share of a mark within a seal's box, above which it belongs to the seal
SMEARED_MM = (2.2, 9.0)  # height of a line whose letters have grown together
LIGHT_MM = 5.0  # around a mark, for the paper's tone

BoolImage = NDArray[np.bool_]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """Letters stamped or printed in colour, perhaps askew."""

    box: Box  #: of the letters
    degrees: float  #: counter-clockwise; 0 where level
    size: tuple[float, float]  #: length and height along their own line, pixels
    sure: bool  #: False where letters could not be told apart: smeared, or grown together


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Places in pixels of the page."""

    seals: tuple[Box, ...] = ()
    stamps: tuple[Box, ...] = ()
    signatures: tuple[Box, ...] = ()
    handwriting: tuple[Box, ...] = ()
    coloured_print: tuple[PrintedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """Pieces of ink that lie together."""

    box: Box
    pieces: Ints  #: (n, 5): x, y, width, height, area of each

    def sides(self, mm: float) -> tuple[float, float]:
        """Shorter and longer side in millimetres."""
        low, high = sorted((self.box.width / mm, self.box.height / mm))
        return low, high


def find_marks(inks: Inks, faithful: Image, dpi: float) -> Marks:
    """The marks in coloured ink; none where the scan has no colours.

    inks: of the stored page, reduced. faithful, dpi: that page itself, looked at where a mark may be print.
    """
    if inks.red is None or inks.faint_red is None or inks.blue is None:
        return Marks()
    mm, scale = inks.dpi / 25.4, dpi / inks.dpi
    circles = _red_seals(inks.faint_red, inks.dpi)
    seals = [_times(circle.box, scale) for circle in circles]
    places: dict[str, list[Box]] = {"seal": [], "stamp": [], "signature": [], "note": []}
    lines: list[PrintedLine] = []
    discs = [(circle.x * scale, circle.y * scale, circle.radius * scale) for circle in circles]
    for colour, mask in (("red", _without(inks.red, circles)), ("blue", inks.blue)):
        for group in _groups(mask, mm):
            box = _times(group.box, scale)
            line = _print_within(faithful, box, dpi, colour, discs) if _may_be_print(group, mm) else None
            if line is not None:
                lines.append(line)
            elif colour == "red" and _is_low(group, mm) and not _mostly_in(box, seals):
                lines.append(PrintedLine(box, 0.0, (box.width, box.height), sure=False))
            elif (kind := (_red_kind if colour == "red" else _blue_kind)(group, mm)) is not None:
                places[kind].append(box)
    return Marks(
        seals=_sorted(_whole([*seals, *places["seal"]])),
        stamps=_sorted(places["stamp"]),
        signatures=_sorted(places["signature"]),
        handwriting=_sorted(places["note"]),
        coloured_print=tuple(lines),
    )


def _is_low(group: _Group, mm: float) -> bool:
    """As low and long as a line of letters, though none could be told apart."""
    return SMEARED_MM[0] <= group.box.height / mm <= SMEARED_MM[1] and group.box.width >= SHORTEST_MM * mm


def _mostly_in(box: Box, seals: list[Box]) -> bool:
    """Whether a mark is rather a remnant of a seal's ring."""
    return any(box.overlap(seal) > REMNANT * box.width * box.height for seal in seals)


def _may_be_print(group: _Group, mm: float) -> bool:
    low, high = group.sides(mm)
    return LETTER_MM[0] <= low <= 40.0 and high >= SHORTEST_MM


def _print_within(
    page: Image, box: Box, dpi: float, colour: str, discs: list[tuple[float, float, float]]
) -> PrintedLine | None:
    """The line of print in a mark, looked at closely: at 75 dpi letters grow into each other and their frame."""
    margin = LIGHT_MM / 25.4 * dpi
    x0, y0 = max(0, int(box.x0 - margin)), max(0, int(box.y0 - margin))
    crop = page[y0 : int(box.y1 + margin), x0 : int(box.x1 + margin)]
    inks = part_inks(np.ascontiguousarray(crop), dpi, target=PRINT_DPI)
    mask = inks.red if colour == "red" else inks.blue
    if mask is None:
        return None
    near = mask.astype(np.uint8)
    scale = dpi / inks.dpi
    for x, y, radius in discs:
        cv2.circle(near, (round((x - x0) / scale), round((y - y0) / scale)), round(1.06 * radius / scale), 0, -1)
    groups = list(_groups(near.astype(bool), inks.dpi / 25.4))
    inside = Box((box.x0 - x0) / scale, (box.y0 - y0) / scale, (box.x1 - x0) / scale, (box.y1 - y0) / scale)
    mine = [group.pieces for group in groups if group.box.overlap(inside) > 0]
    if not mine:
        return None
    pieces = np.concatenate(mine)
    line = _printed(pieces, inks.dpi / 25.4, FEWEST_LETTERS[colour])
    if line is None:
        return None
    placed = Box(
        line.box.x0 * scale + x0, line.box.y0 * scale + y0, line.box.x1 * scale + x0, line.box.y1 * scale + y0
    )
    return PrintedLine(_times(placed, 1.0), line.degrees, (line.size[0] * scale, line.size[1] * scale), sure=True)


def _red_kind(group: _Group, mm: float) -> str | None:
    low, high = group.sides(mm)
    if low >= SEAL_MM:
        return "seal" if high < 1.6 * low else "stamp"
    return "stamp" if high >= SEAL_MM else None


def _blue_kind(group: _Group, mm: float) -> str | None:
    low, high = group.sides(mm)
    stroke = float(group.pieces[:, 2:4].max()) / mm
    if high >= SIGNATURE_MM and stroke >= STROKE_MM:
        return "signature"
    return "note" if high >= NOTE_MM and low >= NOTE_MM / 3 else None


def _red_seals(red: BoolImage, dpi: float) -> tuple[Circle, ...]:
    """Rings of red ink; looked for only where enough red lies together."""
    mm = dpi / 25.4
    if not any(min(group.sides(mm)) >= 0.6 * SEAL_MM for group in _groups(red, mm)):
        return ()
    return find_circles(red, dpi)


def _without(red: BoolImage, circles: tuple[Circle, ...]) -> BoolImage:
    """The mask with the seals' discs cleared."""
    if not circles:
        return red
    rest = red.astype(np.uint8)
    for circle in circles:
        cv2.circle(rest, (round(circle.x), round(circle.y)), round(1.06 * circle.radius) + 1, 0, -1)
    return rest.astype(bool)


def _groups(mask: BoolImage, mm: float) -> Iterator[_Group]:
    """Pieces of ink joined where they lie near each other."""
    ink = mask.view(np.uint8)
    left, top, width, height = cv2.boundingRect(ink)  # most colour is in one place
    if not width:
        return
    _, labels, pieces, _ = cv2.connectedComponentsWithStats(
        np.ascontiguousarray(ink[top : top + height, left : left + width]), connectivity=8
    )
    large = np.flatnonzero(pieces[:, cv2.CC_STAT_AREA] >= max(2.0, SPECK_MM2 * mm * mm))
    large = large[large > 0]
    if not len(large):
        return
    keep = np.zeros(len(pieces), np.uint8)
    keep[large] = 1
    across, down = (2 * round(side * mm) // 2 * 2 + 1 for side in REACH_MM)
    kept = keep[labels]
    joined = cv2.dilate(kept, np.ones((down, across), np.uint8))
    _, groups = cv2.connectedComponents(joined, connectivity=8)
    places = np.asarray(cv2.findNonZero(kept)).reshape(-1, 2)
    owner = np.zeros(len(pieces), np.int32)
    owner[labels[places[:, 1], places[:, 0]]] = groups[places[:, 1], places[:, 0]]
    pieces = pieces + np.array([left, top, 0, 0, 0], np.int32)
    for number in np.unique(owner[large]):
        members = pieces[large[owner[large] == number]]
        yield _Group(around(Box(x, y, x + w, y + h) for x, y, w, h, _ in members.tolist()), members)


def _printed(pieces: Ints, mm: float, fewest: int) -> PrintedLine | None:
    """Pieces as a line of print: enough letters of even height on one baseline, a frame around them or not."""
    sizes = pieces[:, 2:4].max(axis=1) / mm
    letters = pieces[(sizes >= LETTER_MM[0]) & (sizes <= LETTER_MM[1])]
    if len(letters) < fewest:
        return None
    centres = np.stack([letters[:, 0] + letters[:, 2] / 2, letters[:, 1] + letters[:, 3] / 2], axis=1)
    high = letters[:, 3] >= 0.6 * np.median(letters[:, 3])  # accents lie off the line
    degrees = _slope(centres[high])
    heights = letters[:, 3] if abs(degrees) < LEVEL else letters[:, 2:4].max(axis=1)
    middle = float(np.median(heights))
    tall = letters[(heights > 0.55 * middle) & (heights < 1.8 * middle)]
    if len(tall) < fewest or float(np.std(heights[heights > 0.55 * middle])) > EVEN * middle:
        return None
    box = around(Box(x, y, x + w, y + h) for x, y, w, h, _ in letters.tolist())
    corners = np.concatenate([letters[:, 0:2], letters[:, 0:2] + letters[:, 2:4]])
    along, off = _turned(corners, degrees)
    size = (float(np.ptp(along)), float(np.ptp(off)))
    if abs(degrees) < LEVEL:
        return PrintedLine(box, 0.0, (box.width, box.height), sure=True)
    return PrintedLine(box, degrees, size, sure=True) if size[0] > 1.5 * size[1] else None


def _slope(centres: NDArray[np.float64]) -> float:
    """Lean of a row of letters, degrees counter-clockwise, -90 to 90; several rows lean as their longer side."""
    if len(centres) < 2:
        return 0.0
    _, _, axes = np.linalg.svd(centres - centres.mean(axis=0), full_matrices=False)
    x, y = axes[0]
    angle = float(np.rad2deg(np.arctan2(-y, x)))
    return (angle + 90) % 180 - 90


def _turned(points: NDArray[np.int32], degrees: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    angle = np.deg2rad(degrees)
    x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)


def _whole(boxes: list[Box]) -> list[Box]:
    """Boxes without those that lie mostly in a larger one."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: -one.width * one.height):
        if all(box.overlap(other) < 0.5 * box.width * box.height for other in kept):
            kept.append(box)
    return kept


def _sorted(boxes: list[Box]) -> tuple[Box, ...]:
    return tuple(sorted(boxes, key=lambda box: (box.y0, box.x0)))


def _times(box: Box, scale: float) -> Box:
    return Box(*(round(value * scale, 1) for value in box))
