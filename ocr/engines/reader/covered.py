"""Lines that run under a seal, a signature or a scratch, read through it.

Without colour a ring cannot be parted from the print that it crosses: ring and letter are one piece of ink, too large
to be a letter, and the line ends before it. The network reads letters through a ring well, once it sees them: lines
that go on behind it are read as one, others a little further into it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ocr.engines.reader.decoding import Letter
from ocr.engines.reader.words import place_of
from ocr.geometry import Box, around
from ocr.lines import Crop, FoundLine, FoundLines, cut_out
from ocr.opening.raw import Image
from ocr.vietnamese import is_syllable

REACHES = (0.8, 1.6, 2.4, 3.4, 4.6, 6.0)  # letters' heights beyond a covered end: family names take up to six
CUT_SHORT = 0.7  # what a reading counts for each letter that another one found under the seal
NO_SYLLABLE = 0.5  # what a reading counts whose first or last word can be none
SHORTEST = 2  # letters that both readings must share
HALF = 0.6  # of a letter's height: from its middle to its edge
ACROSS = 12  # letters' heights between two lines that may be one
APART = 1.8  # letters' heights from letter to letter at most there: columns of a head stay two lines
LEVEL = 0.6  # of the lower line's height that they must share, the first one's lean followed
ALIKE = 1.4  # times the height of the other's letters


@dataclass(frozen=True, slots=True)
class LineRead:
    """A line with its crop and its letters."""

    line: FoundLine
    crop: Crop
    letters: list[Letter]


def with_covered_ends(
    grey: Image, found: FoundLines, read: dict[int, LineRead], reader: Callable[[list[Crop]], list[list[Letter]]]
) -> dict[int, LineRead]:
    """The lines by their number in `found`, those that a seal or a signature covers read to their true ends.

    grey: the page that they were found on.
    """
    read = _joined(grey, found, read, reader)
    tries: list[tuple[int, Crop]] = []
    for index, one in read.items():
        if any(one.line.covered) and sum(letter.text.isalnum() for letter in one.letters) >= SHORTEST:
            left, right = (one.line.height if covered else 0.0 for covered in one.line.covered)
            crops = (cut_out(grey, found, index, beyond=(reach * left, reach * right)) for reach in REACHES)
            tries += [(index, crop) for crop in crops if crop is not None]
    best = dict(read)
    score = {index: _likely(read[index], read[index].letters) for index, _ in tries}
    for (index, crop), letters in zip(tries, reader([crop for _, crop in tries]), strict=True):
        likely = _likely(read[index], letters)
        if likely > score[index]:
            score[index] = likely
            best[index] = LineRead(_reaching(read[index].line, crop, letters), crop, letters)
    return best


def _joined(
    grey: Image, found: FoundLines, read: dict[int, LineRead], reader: Callable[[list[Crop]], list[list[Letter]]]
) -> dict[int, LineRead]:
    """The lines, those that go on behind what covers their ends as one where one reading bears out both."""
    read = dict(read)
    tries: list[tuple[int, int, FoundLine, Crop]] = []
    for left, right in _that_go_on(read):
        line = _one_line(read[left].line, read[right].line)
        lines = (*found.lines[:left], line, *found.lines[left + 1 :])
        owners = np.where(found.line_of == right + 1, left + 1, found.line_of)
        crop = cut_out(grey, replace(found, lines=lines, line_of=owners), left)
        if crop is not None:
            tries.append((left, right, line, crop))
    for (left, right, line, crop), letters in zip(tries, reader([crop for *_, crop in tries]), strict=True):
        if _bears_out(read[left].letters, read[right].letters, letters) and _close(line, crop, letters):
            read[left] = LineRead(line, crop, letters)
            del read[right]
    return read


def _that_go_on(read: dict[int, LineRead]) -> list[tuple[int, int]]:
    """Pairs of lines, left and right part, each line in one of them at most."""
    pairs: list[tuple[int, int]] = []
    used = {index for index, one in read.items() if not any(letter.text.isalnum() for letter in one.letters)}
    for left, one in sorted(read.items(), key=lambda item: item[1].line.box.x0):
        if left in used:
            continue
        near = [
            (other.line.box.x0, right)
            for right, other in read.items()
            if right not in used
            and right != left
            and (one.line.covered[1] or other.line.covered[0])
            and _goes_on(one.line, other.line)
        ]
        if near:
            pairs.append((left, min(near)[1]))
            used.update(pairs[-1])
    return pairs


def _goes_on(left: FoundLine, right: FoundLine) -> bool:
    small, large = sorted((left.height, right.height))
    gap = right.box.x0 - left.box.x1
    if large > ALIKE * small or not -large < gap < ACROSS * large or right.box.x1 <= left.box.x1:
        return False
    fall = left.drop * (right.box.centre[0] - left.box.centre[0])
    shared = min(left.box.y1 + fall, right.box.y1) - max(left.box.y0 + fall, right.box.y0)
    return shared > LEVEL * min(left.box.height, right.box.height)


def _one_line(left: FoundLine, right: FoundLine) -> FoundLine:
    """Both parts and between them a piece of usual height for what is covered."""
    top, bottom = (float(np.median(left.letters[:, edge])) for edge in (1, 3))
    pieces = [left.letters, right.letters]
    if right.box.x0 > left.box.x1 + 1:
        pieces.insert(1, np.array([[left.box.x1, top, right.box.x0, bottom]]))
    longer = left if left.box.width >= right.box.width else right
    letters = np.concatenate(pieces)
    return FoundLine(
        box=around([left.box, right.box]),
        letters=letters[np.argsort(letters[:, 0], kind="stable")],
        height=longer.height,
        drop=longer.drop,
        covered=(left.covered[0], right.covered[1]),
    )


def _bears_out(left: Sequence[Letter], right: Sequence[Letter], both: Sequence[Letter]) -> bool:
    """Whether a reading of two lines as one begins and ends as they do, but for the letters at the cover."""
    first, last, text = (_text(letters).strip() for letters in (left, right, both))
    begins, ends = first[:-1].rstrip(), last[1:].lstrip()
    return len(text) >= len(begins) + len(ends) and text.startswith(begins) and text.endswith(ends)


def _close(line: FoundLine, crop: Crop, letters: Sequence[Letter]) -> bool:
    """Whether no wide white parts the letters of a line."""
    places = [place_of(letter, crop) for letter in letters if letter.text != " "]
    return all(right - left < APART * line.height for left, right in pairwise(places))


def _likely(first: LineRead, letters: Sequence[Letter]) -> float:
    """How likely a reading's ends are, more letters rather than fewer; 0 where it lacks what the first one held."""
    left, right = first.line.covered
    text = _text(first.letters)
    core = text[int(left) : len(text) - int(right)]
    start = _text(letters).find(core)
    if start < 0 or sum(map(str.isalnum, core)) < SHORTEST:
        return 0.0
    ends = [*letters[:start], *letters[start + len(core) :]]
    words = _text(letters).split()
    chance = math.prod(letter.confidence for letter in ends) / CUT_SHORT ** len(ends)
    for covered, word in ((left, words[0]), (right, words[-1])):
        if covered and not is_syllable(word.strip(".,;:-()")):
            chance *= NO_SYLLABLE
    return chance


def _text(letters: Sequence[Letter]) -> str:
    return "".join(letter.text[:1] for letter in letters)  # one each, so that places in it are places in `letters`


def _reaching(line: FoundLine, crop: Crop, letters: Sequence[Letter]) -> FoundLine:
    """The line as wide as its letters; what a seal covers counts as a piece of ink of usual height."""
    half = HALF * line.height
    printed = [letter for letter in letters if letter.text != " "]
    first, last = place_of(printed[0], crop), place_of(printed[-1], crop)
    left, right = line.covered
    x0 = min(line.box.x0, first - half) if left else line.box.x0
    x1 = max(line.box.x1, last + half) if right else line.box.x1
    top, bottom = (float(np.median(line.letters[:, edge])) for edge in (1, 3))
    pieces = [line.letters]
    if x0 < line.box.x0:
        pieces.insert(0, np.array([[x0, top, line.box.x0, bottom]]))
    if x1 > line.box.x1:
        pieces.append(np.array([[line.box.x1, top, x1, bottom]]))
    return replace(line, box=Box(x0, line.box.y0, x1, line.box.y1), letters=np.concatenate(pieces))
