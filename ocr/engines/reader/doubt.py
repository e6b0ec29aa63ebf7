"""A second look at lines read unsurely, and the language's syllables as evidence where one letter is in doubt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ocr.engines.reader.decoding import Letter
from ocr.opening.raw import Image
from ocr.vietnamese import is_syllable

UNSURE = 0.8  # chance that a whole line is right below which it is looked at again
WIDER, NARROWER = 1.1, 0.9  # of a crop's width
DOUBTED = 0.8  # confidence of a letter below which its neighbours may speak
SHORTEST = 2  # letters of a word that a syllable may speak for
LIKELY = 0.15  # chance of the other letter from which it may take its place

Read = Callable[[Sequence[Image]], list[list[Letter]]]


def sureness(letters: Sequence[Letter]) -> float:
    """The chance that all letters are right; nothing read is surely nothing."""
    return math.prod([letter.confidence for letter in letters])


def looked_at_again(images: Sequence[Image], first: list[list[Letter]], read: Read) -> list[list[Letter]]:
    """The readings, unsure ones replaced where a wider, a narrower or a bolder picture of the line reads surer.

    images: (height, width) each, as `first` read them; columns of what comes back are those of these images.
    """
    unsure = [index for index, letters in enumerate(first) if sureness(letters) < UNSURE]
    if not unsure:
        return first
    best = list(first)
    views: tuple[tuple[float, Callable[[Image], Image]], ...] = (
        (WIDER, lambda image: _stretched(image, WIDER)),
        (NARROWER, lambda image: _stretched(image, NARROWER)),
        (1.0, _bolder),
    )
    for scale, view in views:
        again = read([view(images[index]) for index in unsure])
        for index, letters in zip(unsure, again, strict=True):
            if letters and sureness(letters) > sureness(best[index]):
                best[index] = [letter._replace(column=letter.column / scale) for letter in letters]
    return best


def _stretched(image: Image, scale: float) -> Image:
    how = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, None, fx=scale, fy=1.0, interpolation=how), np.uint8)


def _bolder(image: Image) -> Image:
    return np.asarray(cv2.min(image, cv2.blur(image, (3, 3))), np.uint8)


def with_syllables(letters: list[Letter]) -> list[Letter]:
    """The letters, with a doubted one replaced where only its second choice makes a syllable of the word.

    Only in words of small letters: names begin with a capital, and numbers and codes are no words.
    """
    if all(letter.confidence >= DOUBTED for letter in letters):
        return letters
    result = list(letters)
    for start, end in _words(letters):
        run = letters[start:end]
        text = "".join(letter.text for letter in run)
        if not (text.isalpha() and text.islower()) or is_syllable(text):
            continue
        choices = [
            place
            for place, letter in enumerate(run)
            if letter.confidence < DOUBTED
            and letter.other_chance >= LIKELY
            and letter.other.isalpha()
            and is_syllable(text[:place] + letter.other + text[place + 1 :])
        ]
        if choices:
            place = max(choices, key=lambda index: run[index].other_chance)
            chosen = run[place]
            result[start + place] = chosen._replace(
                text=chosen.other, other=chosen.text, other_chance=1 - chosen.other_chance,
                confidence=chosen.other_chance,
            )  # fmt: skip
    return result


def _words(letters: Sequence[Letter]) -> list[tuple[int, int]]:
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
