"""Letters joined to lines: by the middle bands that letters of one line share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.lines.pieces import Bools, Floats, InkPieces, Numbers, numbered

BAND = (0.32, 0.68)  # of a letter's height: neighbours on a line share it, lines above and below do not reach it
REACH = 0.5  # of the page's usual letter height, to both sides: joins words across a common blank
BRIDGE = 1.8  # usual letter heights; taller pieces may be letters of two lines grown together
SLACK = 2.2  # letter heights that a justified blank may span
NARROW = 1.0  # letter heights; white that narrow is a blank whatever stands above and below
BESIDE = 8.0  # letter heights to both sides within which a column's other rows are looked for
DASH_BEHIND = 1.25  # letter heights behind a word within which its dash begins: a typewriter leaves a whole place
LONE_SLACK = 2.0  # the same where no line above or below tells blanks from columns
QUOTE = 0.6  # letter heights above a line's letters in which a quotation mark has its middle: `điểm ” tỉnh`
BLANK = 0.45  # letter heights; narrower white lies between letters
FEWEST_BLANKS = 3  # of a line, that tell how wide its blanks are
EVEN = 1.5  # widest over narrowest blank of a justified line
NEIGHBOUR = 2.6  # heights of a line within which the lines above and below tell blanks from columns
MARK = 0.5  # of the letters' height; taller pieces are no dash
FEWEST_STEPS = 2  # from letter to letter, that tell whether type is even
UNEVEN, UNEVEN_BLANK = 0.2, 0.35  # of a step; middles of narrow letters and of those with marks lie a little off
MOSTLY = 0.75  # of the steps
FEW = 4  # pieces; a group with no more may be a superscript or an accent of the line beside it
AT_ONCE = 1_000_000  # pairs of groups that are compared in one step

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The letters of one line or of part of it; reduced pixels."""

    members: Ints  #: indices into the pieces
    x0: float
    x1: float
    top: float  #: median top of its letters
    bottom: float  #: median bottom of its letters
    height: float  #: median height of its letters
    small: float  #: height of its small letters; of its capitals where it has no others


def group_of(pieces: InkPieces, members: Ints) -> Group:
    """The group of these pieces."""
    x0, y0, x1, y1 = pieces.boxes[members].T
    heights = np.sort(y1 - y0)
    return Group(
        members=members,
        x0=float(x0.min()),
        x1=float(x1.max()),
        top=_median(y0),
        bottom=_median(y1),
        height=_median(heights),
        small=float(heights[len(heights) // 4]),
    )


def _median(values: Floats) -> float:
    """As np.median, whose many checks cost more than all else on a page."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def group_letters(pieces: InkPieces) -> list[Group]:
    """Lines by their letters alone, in no order; marks are not yet given to them."""
    letters = pieces.letters & ~pieces.accents
    if int(letters.sum()) < 2:
        return []
    usual = float(np.median(pieces.height[letters]))
    tall = letters & (pieces.height > BRIDGE * usual)
    groups = _linked(pieces, letters & ~tall, usual)
    groups = _with_tall(pieces, groups, np.flatnonzero(tall))
    held = _holders(groups, few=1) != np.arange(len(groups))  # a large comma would part the words beside it
    parts = [group for group, comma in zip(groups, held, strict=True) if not comma]
    commas = [group for group, comma in zip(groups, held, strict=True) if comma]
    joined = [*_joined(pieces, parts), *commas]
    return _merged(pieces, joined, _holders(joined, few=FEW))


def _linked(pieces: InkPieces, chosen: Bools, usual: float) -> list[Group]:
    """Letters whose bands touch once they are drawn a little wider; a vertical rule keeps cells apart."""
    drawn = np.zeros(pieces.labels.shape, np.uint8)
    which = np.flatnonzero(chosen)
    reach = REACH * np.clip(pieces.height[which], 0.7 * usual, 1.8 * usual)
    left = np.round(pieces.x0[which] - reach).astype(int).tolist()
    right = np.round(pieces.x1[which] + reach).astype(int).tolist()
    top = np.round(pieces.y0[which] + BAND[0] * pieces.height[which]).astype(int).tolist()
    bottom = np.round(pieces.y0[which] + BAND[1] * pieces.height[which] - 1).astype(int).tolist()
    for x0, y0, x1, y1 in zip(left, top, right, bottom, strict=True):
        cv2.rectangle(drawn, (x0, y0), (x1, max(y0, y1)), 1, -1)
    drawn &= 1 - pieces.upright_rules
    _, labels = numbered(lambda kind: cv2.connectedComponents(drawn, connectivity=8, ltype=kind))
    height, width = labels.shape
    columns = np.clip(pieces.middle_x[which].astype(int), 0, width - 1)
    rows = np.clip(pieces.middle_y[which].astype(int), 0, height - 1)
    return [group_of(pieces, members) for members in _split(which, labels[rows, columns]) if len(members)]


def _split(items: Ints, labels: Numbers) -> list[Ints]:
    """Items by label; label 0, which stands for a rule, is left out."""
    order = np.argsort(labels, kind="stable")
    edges = np.flatnonzero(np.diff(labels[order])) + 1
    return [items[part] for part in np.split(order, edges) if len(part) and labels[part[0]] != 0]


def _with_tall(pieces: InkPieces, groups: list[Group], tall: Ints) -> list[Group]:
    """Tall pieces given to the one line whose band they cross, grouped by themselves where they cross none.

    A piece that crosses two lines (a descender grown onto an accent below) belongs to neither: it would join them.
    One between two parts of a line belongs to the nearer part.
    """
    if not len(tall):
        return groups
    bands = np.array([(group.x0, group.x1, group.top, group.bottom, group.height) for group in groups]).reshape(-1, 5)
    taken: dict[int, list[int]] = {}
    free = np.zeros(len(pieces.x0), bool)
    for piece in tall.tolist():
        beside = (pieces.x0[piece] <= bands[:, 1] + bands[:, 4]) & (pieces.x1[piece] >= bands[:, 0] - bands[:, 4])
        shared = np.minimum(pieces.y1[piece], bands[:, 3]) - np.maximum(pieces.y0[piece], bands[:, 2])
        crossed = np.flatnonzero(beside & (shared > 0.5 * (bands[:, 3] - bands[:, 2])))
        if len(crossed) == 0:
            free[piece] = True
        elif _on_one_level(bands[crossed]) and pieces.height[piece] <= 2.6 * bands[crossed, 4].max():
            away = np.maximum(bands[crossed, 0] - pieces.x1[piece], pieces.x0[piece] - bands[crossed, 1])
            taken.setdefault(int(crossed[np.argmin(away)]), []).append(piece)
    grown = [
        group_of(pieces, np.concatenate([group.members, np.array(taken[index], np.int64)]))
        if index in taken
        else group
        for index, group in enumerate(groups)
    ]
    if not free.any():
        return grown
    return grown + _linked(pieces, free, float(np.median(pieces.height[free])))


def _on_one_level(bands: Floats) -> bool:
    """Whether bands (n, 5: x0, x1, top, bottom, height) are parts of one line, not lines above one another."""
    return bool(bands[:, 3].min() - bands[:, 2].max() > 0.5 * bands[:, 4].min())


def _holders(groups: list[Group], *, few: int) -> Ints:
    """The larger line whose band holds each group of at most `few` pieces, itself for every other.

    Commas, superscripts and loose accents are such.
    """
    if len(groups) < 2:
        return np.arange(len(groups))
    x0, x1, top, bottom, height = np.array([(g.x0, g.x1, g.top, g.bottom, g.height) for g in groups]).T
    count = np.array([len(group.members) for group in groups])
    parent = np.arange(len(groups))
    for some in _few_at_a_time(np.flatnonzero(count <= few), len(groups)):
        middle_x, middle_y = ((x0 + x1) / 2)[some, None], ((top + bottom) / 2)[some, None]
        holds = (
            (count > count[some, None])
            & (x0 - 0.9 * height <= middle_x)
            & (x1 + 0.9 * height >= middle_x)
            & (middle_y > top - 0.5 * height)
            & (middle_y < bottom + 0.3 * height)
            & (height[some, None] < 1.6 * height)
        )
        held = holds.any(axis=1)
        parent[some[held]] = np.where(holds[held], count, 0).argmax(axis=1)
    return parent


def _few_at_a_time(which: Ints, others: int) -> Iterator[Ints]:
    """Parts of `which` to be held against all others at once: a page full of dirt has thousands of both."""
    step = max(1, AT_ONCE // others)
    return (which[start : start + step] for start in range(0, len(which), step))


def _merged(pieces: InkPieces, groups: list[Group], parent: Ints) -> list[Group]:
    """Groups with the same last ancestor made one; the ancestor's medians stay its own."""
    together: dict[int, list[int]] = {}
    for index in range(len(groups)):
        root = index
        while parent[root] != root:
            root = int(parent[root])
        together.setdefault(root, []).append(index)
    merged = []
    for root, indices in together.items():
        if len(indices) == 1:
            merged.append(groups[root])
            continue
        members = np.concatenate([groups[index].members for index in indices])
        merged.append(group_of(pieces, members))
    return merged


def _joined(pieces: InkPieces, groups: list[Group]) -> list[Group]:
    """Parts of one line joined across the wide blanks of justified print, unless a column's white runs there."""
    if len(groups) < 2:
        return groups
    x0, x1, top, bottom, height = np.array([(g.x0, g.x1, g.top, g.bottom, g.height) for g in groups]).T
    after: dict[int, int] = {}
    for reach, above in ((NARROW, 0.0), (DASH_BEHIND, 0.0), (DASH_BEHIND, QUOTE)):
        ends = _ends_with_marks(pieces, groups, reach, above)
        last = np.array([index for index in range(len(groups)) if index not in after], np.int64)
        for some in _few_at_a_time(last[ends[last] > x1[last]] if after else last, len(groups)):
            shared = np.minimum(bottom, bottom[some, None]) - np.maximum(top, top[some, None])
            smaller, larger = np.minimum(height, height[some, None]), np.maximum(height, height[some, None])
            gap = x0 - ends[some, None]
            gap = np.where(gap < 0, x0 - x1[some, None], gap)  # what reaches into the next part is a mark of that
            right = (shared > 0.5 * smaller) & (larger < 1.7 * smaller)
            right &= (gap > -0.3 * smaller) & (gap < SLACK * larger)
            right[np.arange(len(some)), some] = False
            goes_on = right.any(axis=1)
            nearest = np.where(right[goes_on], x0, np.inf).argmin(axis=1)
            after.update(zip(some[goes_on].tolist(), nearest.tolist(), strict=True))
    even = _evenly_spaced(after, x0, x1)
    parent = np.arange(len(groups))
    for left, right_one in after.items():
        if left in even or _is_blank(pieces, groups[left], groups[right_one]):
            parent[right_one] = left
    return _merged(pieces, groups, parent)


def _ends_with_marks(pieces: InkPieces, groups: list[Group], reach: float, above: float) -> Floats:
    """Where each group ends, a mark behind it that stands off included: `CHÍNH - KẾ` in even type.

    reach: letter heights within which the mark begins. above: the same, above the letters, in which its middle lies.
    """
    marks = np.flatnonzero(~pieces.letters)
    marks = marks[np.argsort(pieces.x0[marks], kind="stable")]
    x1, height = np.array([(group.x1, group.height) for group in groups]).T
    firsts = np.searchsorted(pieces.x0[marks], x1, side="right")
    lasts = np.searchsorted(pieces.x0[marks], x1 + reach * height)
    ends: Floats = x1.copy()
    for index in np.flatnonzero(lasts > firsts).tolist():
        group, near = groups[index], marks[firsts[index] : lasts[index]]
        level = (pieces.middle_y[near] > group.top - above * group.height) & (pieces.middle_y[near] < group.bottom)
        small = (pieces.height[near] < MARK * group.height) & (pieces.width[near] < group.height)
        behind = near[level & small]
        if len(behind):
            ends[index] = pieces.x1[behind].min()
    return ends


def _evenly_spaced(after: dict[int, int], x0: Floats, x1: Floats) -> set[int]:
    """Parts of rows with at least three blanks of one width: a justified line, not the columns of a table."""
    even: set[int] = set()
    for start in set(after) - set(after.values()):
        row = [start]
        while row[-1] in after and len(row) <= len(after):
            row.append(after[row[-1]])
        gaps = np.array([x0[right] - x1[left] for left, right in pairwise(row)])
        if len(gaps) >= 3 and gaps.max() < EVEN * gaps.min():
            even.update(row[:-1])
    return even


def _is_blank(pieces: InkPieces, left: Group, right: Group) -> bool:
    """Whether the white between two parts of a row is a blank: no rule in it, no column's white above or below."""
    start, end = sorted((left.x1, right.x0))
    top, bottom = min(left.top, right.top), max(left.bottom, right.bottom)
    if pieces.upright_rules[int(top) : int(bottom) + 1, int(start) : int(end) + 1].any():
        return False
    tallness = max(left.height, right.height)
    between = (pieces.middle_x > start) & (pieces.middle_x < end)
    within = between & (pieces.middle_y > top) & (pieces.middle_y < bottom + tallness / 3)
    if bool((pieces.dashes & within).any()):
        return True
    quotes = between & ~pieces.letters & (pieces.middle_y > top - QUOTE * tallness) & (pieces.middle_y < bottom)
    within |= quotes
    if within.any():  # a comma, a full stop or a quotation mark belongs to the word before it
        start = min(end, float(pieces.x1[within].max()))
    if end - start < NARROW * tallness or _one_place_of_even_type(pieces, left, right, mark=bool(within.any())):
        return True
    if end - start < EVEN * _usual_blank(pieces, left, right):
        return True
    away = np.abs(pieces.middle_y - (top + bottom) / 2)
    near = pieces.letters & (away > 0.9 * tallness) & (away < NEIGHBOUR * tallness)
    near &= (pieces.x0 < end + BESIDE * tallness) & (pieces.x1 > start - BESIDE * tallness)
    core = (end - start) / 4
    if bool((near & (pieces.x0 < end - core) & (pieces.x1 > start + core)).any()):
        return True
    columns = (near & (pieces.x1 <= start + core)).any() and (near & (pieces.x0 >= end - core)).any()
    return not columns and end - start < LONE_SLACK * tallness


def _usual_blank(pieces: InkPieces, left: Group, right: Group) -> float:
    """Width of the blanks within two parts of a line, justified as they are; 0 where they are too few to tell."""
    blanks: list[Floats] = []
    for group in (left, right):
        order = group.members[np.argsort(pieces.x0[group.members], kind="stable")]
        white = pieces.x0[order[1:]] - np.maximum.accumulate(pieces.x1[order])[:-1]
        blanks.append(white[white > BLANK * group.height])
    found = np.concatenate(blanks)
    return _median(found) if len(found) >= FEWEST_BLANKS else 0.0


def _one_place_of_even_type(pieces: InkPieces, left: Group, right: Group, *, mark: bool) -> bool:
    """Whether letters stand at one distance, as a typewriter's do, and just one place between the parts is empty.

    mark: a comma or a colon stands between them, in a place of its own.
    """
    places = [np.sort(pieces.middle_x[group.members]) for group in (left, right)]
    steps = np.concatenate([np.diff(place) for place in places])
    if len(steps) < FEWEST_STEPS:
        return False
    step = _median(steps)
    if step <= 0:  # letters above one another
        return False
    even = np.abs(steps - step * np.clip(np.round(steps / step), 1, 2)) < UNEVEN * step
    empty = places[1][0] - places[0][-1] - (3 if mark else 2) * step
    return bool(even.mean() >= MOSTLY) and abs(empty) < UNEVEN_BLANK * step
