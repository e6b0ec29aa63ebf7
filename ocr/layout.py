"""Puts lines in the order in which a person reads them: head left, head right, body, recipients, signature.

An engine often runs the two columns of a Vietnamese paper's head, or the recipients and the signing block, into one
line. Lines are cut at wide gaps; where pieces stand side by side over some rows, the left column comes first, then
the right one. Rows of three or more pieces are a table and stay rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ocr.geometry import Box, around
from ocr.page import Line, Word

GAP = 1.9  # heights of a line between two words that do not belong together; justified print stays under 1.3
NARROW_GAP = 1.0  # so is a gap of one height, where it is
UNLIKE = 3.2  # times the line's other gaps: the two columns of a head often stand this close
FEW_WORDS = 4  # a line needs as many for its gaps to be compared
AFTER_COLON = 3.5  # heights: between `Số:` and a symbol there is room for a figure written by hand
SAME_ROW = 0.5  # share of the lower one's height by which two pieces must overlap to be on one row
TABLE = 3  # pieces in a row that make it a table's
PARAGRAPH = 1.1  # heights of white between two lines that end a block


@dataclass(frozen=True, slots=True)
class _Row:
    pieces: tuple[Line, ...]  # left to right

    @property
    def box(self) -> Box:
        return around(piece.box for piece in self.pieces)


def in_reading_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The same words as lines in reading order, `block` counted anew."""
    every = [piece for line in lines if line.words for piece in _cut(line)]
    pieces = [piece for piece in every if _bears_letters(piece)]
    marks = [piece for piece in every if not _bears_letters(piece)]
    if not pieces:
        return _numbered([marks]) if marks else ()
    ordered: list[list[Line]] = []
    zone: list[_Row] = []
    for row in _rows(pieces):
        if zone and not _fits(zone, row):
            ordered += _columns(zone)
            zone = []
        if len(row.pieces) > 1 or zone:
            zone.append(row)
        else:
            ordered.append(list(row.pieces))
    if zone:
        ordered += _columns(zone)
    for mark in marks:
        _add_mark(ordered, mark)
    return _numbered(ordered)


def _bears_letters(piece: Line) -> bool:
    return any(letter.isalnum() for word in piece.words for letter in word.text)


def _add_mark(ordered: list[list[Line]], mark: Line) -> None:
    """Put dots, bars and specks beside the line that is nearest; alone they make no column and no table."""
    x, y = mark.box.centre

    def distance(line: Line) -> float:
        across = max(line.box.x0 - x, 0.0, x - line.box.x1)
        down = max(line.box.y0 - y, 0.0, y - line.box.y1)
        return across + 4 * down

    group, place = min(
        ((group, place) for group in ordered for place in range(len(group))),
        key=lambda at: distance(at[0][at[1]]),
    )
    group.insert(place + (x > group[place].box.centre[0]), mark)


def _cut(line: Line) -> list[Line]:
    """A line cut where a gap is too wide to be a blank."""
    height = _letter_height(line.words)
    words = sorted(line.words, key=lambda word: word.box.x0)
    gaps = [right.box.x0 - left.box.x1 for left, right in pairwise(words)]
    usual = median(gaps) if len(words) >= FEW_WORDS else 0.0
    groups: list[list[Word]] = [[words[0]]]
    for left, word, gap in zip(words, words[1:], gaps, strict=False):
        widest = AFTER_COLON if left.text.endswith(":") else GAP
        if gap > widest * height or (usual and gap > max(NARROW_GAP * height, UNLIKE * usual)):
            groups.append([])
        groups[-1].append(word)
    return [replace(line, words=tuple(group), box=around(word.box for word in group)) for group in groups if group]


def _letter_height(words: Sequence[Word]) -> float:
    """Height of a line's letters: hyphens and dots, which are lower, do not count."""
    heights = [word.box.height for word in words if any(map(str.isalnum, word.text))]
    return median(heights or [word.box.height for word in words])


def _rows(pieces: Sequence[Line]) -> list[_Row]:
    """Pieces beside each other, from the top."""
    rows: list[list[Line]] = []
    for piece in sorted(pieces, key=lambda one: one.box.centre[1]):
        if rows and _beside(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [_Row(tuple(sorted(row, key=lambda one: one.box.x0))) for row in rows]


def _beside(row: Sequence[Line], piece: Line) -> bool:
    last = row[-1].box
    shared = min(last.y1, piece.box.y1) - max(last.y0, piece.box.y0)
    if shared < SAME_ROW * min(last.height, piece.box.height):
        return False
    return all(min(one.box.x1, piece.box.x1) - max(one.box.x0, piece.box.x0) < 0.1 * piece.box.width for one in row)


def _gutter(zone: Sequence[_Row]) -> tuple[float, float] | None:
    """The white strip between the columns of a zone's two-piece rows, None where there is none in common."""
    split = [row.pieces for row in zone if len(row.pieces) == 2]
    if not split:
        return None
    left, right = max(row[0].box.x1 for row in split), min(row[1].box.x0 for row in split)
    return (left, right) if left < right else None


def _fits(zone: Sequence[_Row], row: _Row) -> bool:
    """Whether a row goes on with the columns above it."""
    above = zone[-1].box
    if row.box.y0 - above.y1 > 3 * max(row.pieces[0].box.height, 1):
        return False
    if any(len(one.pieces) >= TABLE for one in zone) or len(row.pieces) >= TABLE:
        return len(row.pieces) >= 2 and any(len(one.pieces) >= TABLE for one in zone)
    if len(row.pieces) == 2:
        return _gutter([*zone, row]) is not None
    gutter = _gutter(zone)
    if gutter is None:
        return False
    box = row.pieces[0].box
    return box.x1 <= gutter[1] or box.x0 >= gutter[0]


def _columns(zone: Sequence[_Row]) -> list[list[Line]]:
    """The pieces of a zone, column by column; a table row by row."""
    gutter = _gutter(zone)
    if gutter is None or any(len(row.pieces) >= TABLE for row in zone):
        return [list(row.pieces) for row in zone]
    middle = sum(gutter) / 2
    pieces = [piece for row in zone for piece in row.pieces]
    left = [piece for piece in pieces if piece.box.centre[0] < middle]
    right = [piece for piece in pieces if piece.box.centre[0] >= middle]
    return [left, right]


def _numbered(groups: Sequence[Sequence[Line]]) -> tuple[Line, ...]:
    """Blocks counted: a new one for each column, and after white that is more than a line's."""
    ordered: list[Line] = []
    block = 0
    for index, group in enumerate(groups):
        for place, line in enumerate(group):
            if ordered and (
                (place == 0 and (len(group) > 1 or len(groups[index - 1]) > 1)) or _apart(ordered[-1], line)
            ):
                block += 1
            ordered.append(replace(line, block=block))
    return tuple(ordered)


def _apart(upper: Line, lower: Line) -> bool:
    white = lower.box.y0 - upper.box.y1
    return white > PARAGRAPH * min(upper.box.height, lower.box.height) or white < -2 * lower.box.height
