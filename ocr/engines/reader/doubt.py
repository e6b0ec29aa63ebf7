"""A second look at lines read unsurely, and the language's syllables as evidence where one letter is in doubt."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import cv2
import numpy as np

from ocr.engines.reader.decoding import DOUBTED, Letter
from ocr.engines.reader.network import STEP
from ocr.opening.raw import Image
from ocr.vietnamese import is_in_use, without_accents

UNSURE = 0.8  # chance that a whole line is right below which it is looked at again
WIDER = 1.2  # of a crop's width: the one view of many that pays
DOUBTED_WORD = 0.95  # chance that a word is right below which it is read again, in an unsure line
SURE_BLANK = 0.95  # of a blank that parts what is read again from what is not
LOSES = 1.5  # how many times surer a reading must be that has fewer letters: a mark overlooked is not doubted
AROUND = 100  # pixels beside such words that are read with them: as far as the network looks for a letter
SHORTEST = 2  # letters of a word that a syllable may speak for
LIKELY = 0.15  # chance of the other letter from which it may take its place
CHANGED = (
    0.5  # confidence of a letter that was changed: a line of one such word is print, but no field is filled by it
)
ACCENT_LIKELY = 0.004  # the same where only the accent changes: one printed word in 500 is none in use

Read = Callable[[Sequence[Image]], list[list[Letter]]]


def sureness(letters: Sequence[Letter]) -> float:
    """The chance that all letters are right; nothing read is surely nothing."""
    return math.prod([letter.confidence for letter in letters])


def looked_at_again(images: Sequence[Image], first: list[list[Letter]], read: Read) -> list[list[Letter]]:
    """The readings; of an unsure line the doubted words are taken from a wider picture of them where all of them
    together read surer there.

    images: (height, width) each, as `first` read them; columns of what comes back are those of these images.
    """
    best = list(first)
    stretches = [
        stretch
        for index, letters in enumerate(first)
        if sureness(letters) < UNSURE
        for stretch in _doubted(index, letters, images[index].shape[1])
    ]
    if not stretches:
        return best
    again = read([_wider(images[one.line][:, one.left : one.right]) for one in stretches])
    for line, found in groupby(zip(stretches, again, strict=True), key=lambda pair: pair[0].line):
        seen = _with_stretches(first[line], list(found))
        loses = _printed(seen) < _printed(first[line])
        if sureness(seen) > sureness(first[line]) * (LOSES if loses else 1.0):
            best[line] = seen
    return best


def _printed(letters: Sequence[Letter]) -> int:
    return sum(letter.text != " " for letter in letters)


def _with_stretches(letters: list[Letter], found: Sequence[tuple[_Stretch, list[Letter]]]) -> list[Letter]:
    """A line with its doubted stretches as the wider picture has them, or as it was without any."""
    seen = list(letters)
    for stretch, again in reversed(found):  # so that places before it stay
        inner = stretch.own([one._replace(column=one.column / WIDER + stretch.left / STEP) for one in again])
        if not inner:
            return list(letters)
        seen[stretch.start : stretch.end] = inner
    return seen


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Doubted words of a line with no sure word between that would be read again anyway."""

    line: int
    start: int  #: of its letters in the line's
    end: int
    after: float  #: column of the blank before it
    before: float  #: column of the blank behind it
    left: int  #: of the picture in which it is read again, pixels of the line's
    right: int

    def own(self, letters: Sequence[Letter]) -> list[Letter]:
        """Those of a picture's letters that are the stretch's, columns as in the line."""
        inner = [letter for letter in letters if self.after < letter.column < self.before]
        while inner and inner[0].text == " ":
            inner.pop(0)
        while inner and inner[-1].text == " ":
            inner.pop()
        return inner


def _doubted(line: int, letters: Sequence[Letter], width: int) -> Iterator[_Stretch]:
    """The doubted stretches of a line; one whole line where nothing was read."""
    blanks = [-1, *(i for i, one in enumerate(letters) if one.text == " " and one.confidence >= SURE_BLANK)]
    runs = [(before + 1, behind) for before, behind in pairwise([*blanks, len(letters)])]
    merged: list[tuple[int, int]] = []
    for start, end in runs:
        if sureness(letters[start:end]) >= DOUBTED_WORD:
            continue
        if merged and start and (letters[start].column - letters[merged[-1][1] - 1].column) * STEP < 2 * AROUND:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    for start, end in merged:
        after = letters[start - 1].column if start else -math.inf
        before = letters[end].column if end < len(letters) else math.inf
        left = max(0, int(after * STEP) - AROUND) if start else 0
        right = min(width, int(before * STEP) + AROUND) if end < len(letters) else width
        yield _Stretch(line, start, end, after, before, left, right)


def _wider(image: Image) -> Image:
    return np.asarray(cv2.resize(image, None, fx=WIDER, fy=1.0, interpolation=cv2.INTER_LINEAR), np.uint8)


def with_syllables(letters: list[Letter]) -> list[Letter]:
    """The letters, with a doubted one replaced where only its second choice makes a syllable in use of the word.

    Only in words of small letters: names begin with a capital, and numbers and codes are no words.
    """
    if all(letter.confidence >= DOUBTED for letter in letters):
        return letters
    result = list(letters)
    for start, end in word_places(letters):
        run = letters[start:end]
        choices = [place for place, letter in enumerate(run) if letter.other_chance >= _enough(letter)]
        if not choices:
            continue
        text = "".join([letter.text for letter in run])
        if not (text.isalpha() and text.islower()) or is_in_use(text):
            continue
        choices = [place for place in choices if is_in_use(text[:place] + run[place].other + text[place + 1 :])]
        if choices:
            place = max(choices, key=lambda index: run[index].other_chance)
            chosen = run[place]
            result[start + place] = chosen._replace(
                text=chosen.other, other=chosen.text, other_chance=1 - chosen.other_chance,
                confidence=max(chosen.other_chance, CHANGED),
            )  # fmt: skip
    return result


def _enough(letter: Letter) -> float:
    """The chance from which the other letter may take its place; more than there is for one that is none."""
    if letter.other_chance < ACCENT_LIKELY or not letter.other.isalpha():
        return math.inf
    return ACCENT_LIKELY if same_but_for_accents(letter.text, letter.other) else LIKELY


def same_but_for_accents(one: str, other: str) -> bool:
    """Whether two letters differ in their accents alone."""
    return without_accents(one) == without_accents(other)


def word_places(letters: Sequence[Letter]) -> list[tuple[int, int]]:
    """Runs of letters between blanks, marks at their ends left out."""
    found = []
    start = 0
    for index in range(len(letters) + 1):
        if index == len(letters) or letters[index].text == " ":
            first, last = start, index
            while first < last and not letters[first].text.isalnum():
                first += 1
            while last > first and not letters[last - 1].text.isalnum():
                last -= 1
            if last - first >= SHORTEST:
                found.append((first, last))
            start = index + 1
    return found
