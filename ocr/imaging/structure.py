"""What is drawn on a page: rules and the tables they make, large strokes of a dark pen, how full it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import Box, around
from ocr.imaging.circles import Circle, find_circles
from ocr.imaging.pieces import Pieces, ink_of
from ocr.opening.raw import Image

RULE_MM = (14.0, 9.0)  # least length of a rule across and down: longer than any letter's bar
THICKEST_MM = 1.6  # of a rule; thicker is a bar or a border
CROSSING_MM = 1.2  # rules that end this near to each other meet
TABLE_RULES = 2  # rules each way, at least, that make a grid
STROKE_MM = 9.0  # a dark stroke as long as this, and free of rules, is a signature's
STROKE_FILL = 0.4  # share of its box that a pen's stroke fills at most
GREY_COVERED = 0.8  # of a ring, where no colour tells a seal from text; text reaches 0.7
GREY_CLEAR = 0.5  # a ring's coverage over what lies just outside it; text reaches 0.4
LINE_MM = (50.0, 12.0)  # ink joined along a line to something as long and as low is running text
DUST_MM2 = 0.05
EIGHT_OF_INK = np.frombuffer(b"\1" * 8, np.uint64)[0]  # pixels side by side, looked at in one step

BoolImage = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Places in pixels of the page."""

    rules: tuple[Box, ...]
    tables: tuple[Box, ...]
    signatures: tuple[Box, ...]  #: dark strokes by pen
    crop: Box | None  #: what holds all ink
    fill: float  #: share of the page that bears ink
    runs: Image  #: ink of rules, as 1, on the reduced page


def find_structure(grey: Image, pieces: Pieces, scale: float) -> Structure:
    """Rules, tables and dark signatures of a clean, upright, level page.

    grey: the reduced page that the pieces were found on. scale: pixels of the page for one of its.
    """
    mm = pieces.dpi / 25.4
    ink = ink_of(grey)
    level, upright = _level_runs(ink, round(RULE_MM[0] * mm)), _upright_runs(ink, round(RULE_MM[1] * mm))
    across, down = _thin_boxes(level, mm, across=True), _thin_boxes(upright, mm, across=False)
    tables = _tables(across, down, mm)
    kept = pieces.area >= DUST_MM2 * mm * mm
    x, y = pieces.x[kept], pieces.y[kept]
    right, bottom = x + pieces.width[kept], y + pieces.height[kept]
    whole = [float(side) for side in (x.min(), y.min(), right.max(), bottom.max())] if len(x) else None
    return Structure(
        rules=_scaled([*across, *down], scale),
        tables=_scaled(tables, scale),
        signatures=_scaled(_strokes(pieces, [*across, *down], tables, mm), scale),
        crop=_times(Box(*whole), scale) if whole else None,
        fill=round(float(np.count_nonzero(ink)) / ink.size, 4),
        runs=np.asarray(cv2.bitwise_or(level, upright), np.uint8),
    )


def _level_runs(ink: Image, length: int) -> Image:
    """Runs of ink from left to right that are as long as `length`; breaks of two pixels are bridged."""
    bridged = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8)), np.uint8)
    eights = np.ascontiguousarray(bridged[:, : bridged.shape[1] // 8 * 8]).view(np.uint64)
    full = np.count_nonzero(eights == EIGHT_OF_INK, axis=1)  # half a run at the page's edge counts as a whole one
    rows = np.flatnonzero(full >= max(0, length // 16 - 2))
    runs = np.zeros_like(bridged)
    if len(rows):
        runs[rows] = cv2.morphologyEx(bridged[rows], cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    return runs


def _upright_runs(ink: Image, length: int) -> Image:
    """The same from top to bottom."""
    bridged = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
    runs = np.asarray(cv2.erode(bridged, np.ones((length, 1), np.uint8)), np.uint8)
    x, y, width, height = cv2.boundingRect(runs)
    if width:  # most pages have few such rules, or none
        rows, columns = slice(max(0, y - length), y + height + length), slice(x, x + width)
        runs[rows, columns] = cv2.dilate(runs[rows, columns], np.ones((length, 1), np.uint8))
    return runs


def _thin_boxes(runs: Image, mm: float, *, across: bool) -> list[Box]:
    """The boxes of runs that are rules, not bars."""
    outlines, _ = cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for x, y, width, height in map(cv2.boundingRect, outlines):
        area = cv2.countNonZero(runs[y : y + height, x : x + width])
        long, thick = (width, area / width) if across else (height, area / height)
        if thick <= THICKEST_MM * mm and long >= 6 * thick:
            boxes.append(Box(x, y, x + width, y + height))
    return boxes


def _tables(across: list[Box], down: list[Box], mm: float) -> list[Box]:
    """Grids: groups of rules that meet, with at least two each way."""
    rules = [*across, *down]
    reach = CROSSING_MM * mm
    grown = [Box(rule.x0 - reach, rule.y0 - reach, rule.x1 + reach, rule.y1 + reach) for rule in rules]
    group = list(range(len(rules)))

    def root(index: int) -> int:
        while group[index] != index:
            index = group[index]
        return index

    for one in range(len(across)):
        for two in range(len(across), len(rules)):
            if grown[one].overlap(grown[two]) > 0:
                group[root(one)] = root(two)
    members: dict[int, list[int]] = {}
    for index in range(len(rules)):
        members.setdefault(root(index), []).append(index)
    grids = []
    for indexes in members.values():
        level = sum(index < len(across) for index in indexes)
        if level >= TABLE_RULES and len(indexes) - level >= TABLE_RULES:
            grids.append(around(rules[index] for index in indexes))
    return grids


def _strokes(pieces: Pieces, rules: list[Box], tables: list[Box], mm: float) -> list[Box]:
    """Large thin pieces of ink, neither rules nor parts of a table: signatures in black, or in a grey scan."""
    longest = np.maximum(pieces.width, pieces.height)
    shortest = np.minimum(pieces.width, pieces.height)
    fill = pieces.area / np.maximum(pieces.width * pieces.height, 1)
    chosen = (longest >= STROKE_MM * mm) & (longest < 110 * mm) & (shortest >= 3 * mm) & (fill <= STROKE_FILL)
    boxes = []
    for x, y, width, height in zip(
        *(values[chosen].tolist() for values in (pieces.x, pieces.y, pieces.width, pieces.height)), strict=True
    ):
        box = Box(x, y, x + width, y + height)
        area = width * height
        in_table = any(box.overlap(table) > 0.5 * area for table in tables)
        ruled = sum(1 for rule in rules if rule.overlap(box) > 0.7 * rule.width * rule.height)
        if not in_table and not ruled:
            boxes.append(box)
    return boxes


def grey_seals(dark: BoolImage, dpi: float, scale: float) -> tuple[Box, ...]:
    """Round seals on a scan without colours: rings that stand out from what lies around them."""
    rings = find_circles(_without_lines(dark, dpi / 25.4), dpi, covered=GREY_COVERED, votes=25)
    near = cv2.dilate(dark.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    clear = [ring for ring in rings if ring.coverage - _around(near, ring, dpi / 25.4) >= GREY_CLEAR]
    return tuple(_times(ring.box, scale) for ring in clear)


def _without_lines(dark: BoolImage, mm: float) -> BoolImage:
    """The mask without running text, which votes for circles everywhere."""
    reach = round(3 * mm) | 1
    joined = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    line = (stats[:, cv2.CC_STAT_WIDTH] >= LINE_MM[0] * mm) & (stats[:, cv2.CC_STAT_HEIGHT] <= LINE_MM[1] * mm)
    line[0] = False
    return np.asarray(dark & ~line[labels])


def _around(dark: BoolImage, ring: Circle, mm: float) -> float:
    """Share of directions in which ink lies just outside a ring."""
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    height, width = dark.shape
    shares = []
    for further in (1.6, 2.4, 3.2):
        radius = ring.radius + further * mm
        xs = np.rint(ring.x + radius * np.cos(angles)).astype(int)
        ys = np.rint(ring.y + radius * np.sin(angles)).astype(int)
        inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
        if inside.any():
            shares.append(float(dark[ys[inside], xs[inside]].mean()))
    return float(np.mean(shares)) if shares else 0.0


def _scaled(boxes: list[Box], scale: float) -> tuple[Box, ...]:
    return tuple(sorted((_times(box, scale) for box in boxes), key=lambda box: (box.y0, box.x0)))


def _times(box: Box, scale: float) -> Box:
    return Box(*(round(value * scale, 1) for value in box))
