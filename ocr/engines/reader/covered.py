"""Lines whose ends run under a seal or a signature, read a little further into it.

Without colour a ring cannot be parted from the print that it crosses: ring and letter are one piece of ink, too large
to be a letter, and the line ends before it. The network reads letters through a ring well, once it sees them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ocr.engines.reader.decoding import Letter
from ocr.engines.reader.network import STEP
from ocr.geometry import Box
from ocr.lines import Crop, FoundLine, FoundLines, cut_out
from ocr.opening.raw import Image
from ocr.vietnamese import is_syllable

REACHES = (0.8, 1.6, 2.4)  # letters' heights that are looked at beyond a covered end
CUT_SHORT = 0.7  # what a reading counts for each letter that another one found under the seal
NO_SYLLABLE = 0.5  # what a reading counts whose first or last word can be none
SHORTEST = 2  # letters that both readings must share
HALF = 0.6  # of a letter's height: from where the network tells it to its edge


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
    first, last = (crop.x0 + (letter.column + 0.5) * STEP / crop.scale for letter in (printed[0], printed[-1]))
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
