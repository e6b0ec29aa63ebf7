"""Text lines of a page with all their marks, and the ink that belongs to none of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ocr.geometry import Box
from ocr.lines.grouping import Group, Ints, group_letters
from ocr.lines.pieces import Floats, InkPieces, Numbers, take_apart
from ocr.opening.raw import Image

MARK = (0.12, 0.22)  # inches: height and width of what may be an accent, a dot, a hyphen
ABOVE, BELOW = 1.7, 0.5  # small letters' heights beyond a line's small letters in which marks are its own
BESIDE = 1.5  # small letters' heights beyond a line's ends
DASH_BESIDE = 2.0  # the same for a dash: a typewriter's stands a place and a half from its word
RATHER_ABOVE = 2.0  # a mark between two lines is that many times likelier an accent of the lower one
STACK = 0.9  # small letters' heights between a letter and its farthest mark, another mark between them
NEXT = 0.6  # the same to its next mark or letter: a speck stands farther off and would make a line twice as high
UPRIGHT = 4.0  # height over width from which a mark above or below the letters is a part of a scratch
SLACK = 0.25  # small letters' heights that a mark may stand beside its letter
OVERSHOOT = (1.8, 0.75)  # small letters' heights: how far a line's box may reach beyond its small letters
SMALLEST = 0.06  # inches; a single piece lower than this is a mark, not a line
COVERED = 0.6  # letter heights beyond a line's end within which larger ink may hide its next letter
GROWN, TOUCHING = 0.75, 0.4  # small letters' heights: a dot with an accent at least; from both lines' letters at most
NOBODYS, BOTH = -1, -2  # owner of ink of no line; of a dot below and an accent under it, grown together
LEANING = 0.1  # letter heights between a line's ends that are worth undoing


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """One line of print; pixels of the page."""

    box: Box  #: of its ink
    letters: NDArray[np.float64]  #: (n, 4) x0, y0, x1, y1 of its pieces, from left to right
    height: float  #: median of its letters' heights
    drop: float  #: pixels by which its baseline falls for one to the right; 0 for a level line
    covered: tuple[bool, bool] = (False, False)  #: a seal or a signature touches its left, its right end


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLines:
    """The lines of a page, in no order, and what was left over."""

    lines: tuple[FoundLine, ...]
    labels: Numbers  #: (height, width) of the reduced page: the number of the ink's piece, 0 for paper
    line_of: NDArray[np.int32]  #: line + 1 of each number, 0 for paper and ink of no line
    scale: float  #: pixels of `labels` for one of the page
    loose: tuple[Box, ...]  #: letter-sized ink that belongs to no line, page pixels
    printed: float  #: square inches of ink in lines
    left_over: float  #: square inches of ink in no line, rules and specks not counted


def find_lines(grey: Image, dpi: float) -> FoundLines:
    """The text lines of a clean, upright, level page in any resolution from 100 to 600 dpi.

    grey: (height, width), black print on white.
    """
    pieces = take_apart(grey, dpi)
    groups = [group for group in group_letters(pieces) if _is_line(group, pieces.dpi)]
    owner = np.full(len(pieces.x0), NOBODYS)
    owner[_shared_marks(pieces, groups)] = BOTH
    groups = [group for group in groups if owner[group.members[0]] != BOTH]
    for index, group in enumerate(groups):
        owner[group.members] = index
    drops = np.array([_drop(pieces, group) for group in groups])
    inside = _give_marks(pieces, groups, owner, drops)
    lines = tuple(
        _line(pieces, group, own, inside, drop)
        for group, own, drop in zip(groups, _owned(owner, len(groups)), drops.tolist(), strict=True)
    )
    lines = _with_covered_ends(pieces, groups, lines)
    lost = (owner == NOBODYS) & pieces.letters
    square_inch = pieces.dpi**2
    table = np.zeros(int(pieces.labels.max()) + 1, np.int32)
    table[pieces.number] = np.maximum(owner, NOBODYS) + 1
    return FoundLines(
        lines=lines,
        labels=pieces.labels,
        line_of=table,
        scale=pieces.scale,
        loose=tuple(Box(*box) for box in (pieces.boxes[lost] / pieces.scale).tolist()),
        printed=float(pieces.area[owner >= 0].sum() / square_inch),
        left_over=float(pieces.area[owner < 0].sum() / square_inch),
    )


def _is_line(group: Group, dpi: float) -> bool:
    return (len(group.members) > 1 or group.height >= SMALLEST * dpi) and group.x1 - group.x0 >= 0.4 * group.height


def _shared_marks(pieces: InkPieces, groups: list[Group]) -> Ints:
    """Pieces that hang from one line and stand on the next: `ị` over `ế`, dot and accent grown together.

    They are no lines, and neither line's crop may lose them.
    """
    lines = [group for group in groups if len(group.members) > 1]
    free = pieces.letters.copy()
    for group in lines:
        free[group.members] = False
    alone = np.flatnonzero(free)
    if len(lines) < 2 or not len(alone):
        return alone[:0]
    x0, x1, bottom, small = np.array([(g.x0, g.x1, g.bottom, g.small) for g in lines]).T
    x, top, low = (values[alone][:, None] for values in (pieces.middle_x, pieces.y0, pieces.y1))
    near = (x >= x0) & (x <= x1) & (low - top >= GROWN * small)
    hangs = near & (np.abs(top - bottom) <= TOUCHING * small)
    stands = near & (np.abs(bottom - small - low) <= TOUCHING * small)
    shared: Ints = alone[hangs.any(axis=1) & stands.any(axis=1)]
    return shared


def _give_marks(pieces: InkPieces, groups: list[Group], owner: Ints, drops: Floats) -> NDArray[np.bool_]:
    """Give accents, dots and hyphens to the line whose small letters are nearest; which may stretch its height."""
    inside = owner >= 0
    low, wide = MARK[0] * pieces.dpi, MARK[1] * pieces.dpi
    small_ink = ~pieces.too_large & (pieces.height <= low) & (pieces.width <= wide)
    marks = np.flatnonzero((owner == NOBODYS) & (small_ink | pieces.accents))
    if not len(marks) or not groups:
        return inside
    x0, x1, bottom, small = np.array([(g.x0, g.x1, g.bottom, g.small) for g in groups]).T
    x = pieces.middle_x[marks][:, None]
    y = pieces.middle_y[marks][:, None] - drops * (x - (x0 + x1) / 2)
    reach = np.where(pieces.dashes[marks], DASH_BESIDE, BESIDE)[:, None] * small
    beside = (x >= x0 - reach) & (x <= x1 + reach)
    above, below = bottom - small - y, y - bottom
    own = beside & (above <= ABOVE * small) & (below <= BELOW * small)
    away = np.maximum(np.maximum(above / RATHER_ABOVE, below), 0) + np.maximum(np.maximum(x0 - x, x - x1), 0)
    away = np.where(own, away, np.inf)
    nearest = away.argmin(axis=1)
    found = np.isfinite(away.min(axis=1))
    owner[marks[found]] = nearest[found]
    _drop_strays(pieces, groups, owner, marks[found])
    within = (x[:, 0] >= x0[nearest] - 2) & (x[:, 0] <= x1[nearest] + 2)
    inside[marks[found & within]] = True
    return inside & (owner >= 0)


def _drop_strays(pieces: InkPieces, groups: list[Group], owner: Ints, marks: Ints) -> None:
    """Take back marks above or below the small letters that no letter of the line stands under or over: dirt."""
    for index in np.unique(owner[marks]).tolist():
        group = groups[index]
        own = marks[owner[marks] == index]
        upper = pieces.y1[own] < group.bottom - group.small
        lower = pieces.y0[own] > group.bottom
        outside = own[upper | lower]
        if not len(outside):
            continue
        slack = SLACK * group.small
        near, nearest = (
            _gaps(pieces, outside, others, slack).min(axis=1, initial=np.inf) for others in (group.members, own)
        )
        upright = pieces.height[outside] > UPRIGHT * pieces.width[outside]
        stray = upright | (near >= STACK * group.small) | (np.minimum(near, nearest) >= NEXT * group.small)
        owner[outside[stray]] = NOBODYS


def _gaps(pieces: InkPieces, marks: Ints, others: Ints, slack: float) -> Floats:
    """Pixels between each mark and each of the others above or below it; infinite to those that stand elsewhere."""
    over = (pieces.x0[marks][:, None] < pieces.x1[others] + slack) & (
        pieces.x1[marks][:, None] > pieces.x0[others] - slack
    )
    gap = np.maximum(pieces.y0[others] - pieces.y1[marks][:, None], pieces.y0[marks][:, None] - pieces.y1[others])
    return np.where(over & (marks[:, None] != others), gap, np.inf)


def _owned(owner: Ints, groups: int) -> list[Ints]:
    """The pieces of each group, rising."""
    order = np.argsort(owner, kind="stable")
    edges = np.searchsorted(owner[order], np.arange(groups + 1))
    return [order[start:end] for start, end in pairwise(edges.tolist())]


def _line(pieces: InkPieces, group: Group, members: Ints, inside: NDArray[np.bool_], drop: float) -> FoundLine:
    boxes = pieces.boxes[members]
    shift = drop * ((boxes[:, 0] + boxes[:, 2]) / 2 - group.x0 / 2 - group.x1 / 2)
    within = inside[members]
    tops, bottoms = (boxes[:, 1] - shift)[within], (boxes[:, 3] - shift)[within]
    top = max(float(tops.min()), group.bottom - (1 + OVERSHOOT[0]) * group.small)
    bottom = min(float(bottoms.max()), group.bottom + OVERSHOOT[1] * group.small)
    box = np.array([boxes[:, 0].min(), top, boxes[:, 2].max(), bottom]) / pieces.scale
    order = np.argsort(boxes[:, 0], kind="stable")
    return FoundLine(
        box=Box(*box.tolist()), letters=boxes[order] / pieces.scale, height=group.height / pieces.scale, drop=drop
    )


def _with_covered_ends(pieces: InkPieces, groups: list[Group], lines: tuple[FoundLine, ...]) -> tuple[FoundLine, ...]:
    """The lines, told at which ends ink that is too large for print goes on in their band."""
    large = pieces.number[pieces.too_large]
    if not len(large):
        return lines
    table = np.zeros(int(pieces.labels.max()) + 1, bool)
    table[large] = True
    told = []
    for group, line in zip(groups, lines, strict=True):
        reach = COVERED * group.height
        rows = slice(round(group.top), round(group.bottom) + 1)
        left = pieces.labels[rows, max(0, round(group.x0 - reach)) : round(group.x0) + 1]
        right = pieces.labels[rows, round(group.x1) : round(group.x1 + reach) + 1]
        told.append(replace(line, covered=(bool(table[left].any()), bool(table[right].any()))))
    return tuple(told)


def _drop(pieces: InkPieces, group: Group) -> float:
    """How a line leans: Theil and Sen's slope of its letters' lower edges, 0 where it is too small to matter."""
    members = group.members
    if len(members) < 10 or group.x1 - group.x0 < 6 * group.height:
        return 0.0
    order = members[np.argsort(pieces.middle_x[members])]
    x, y = pieces.middle_x[order], pieces.y1[order]
    half = len(order) // 2
    spread = x[half : 2 * half] - x[:half]
    slope = float(np.sort((y[half : 2 * half] - y[:half]) / np.maximum(spread, 1))[half // 2])
    falls = abs(slope) * (group.x1 - group.x0)
    return slope if LEANING * group.height < falls and abs(slope) < 0.03 else 0.0
