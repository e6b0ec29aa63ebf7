"""Blanks that the network missed, told by the white: `2012 -2017` was printed `2012 - 2017`, and `cấp1` `cấp 1`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ocr.engines.reader.decoding import Letter
from ocr.engines.reader.words import place_of
from ocr.lines import Crop, FoundLine
from ocr.vietnamese import is_syllable

# In shares of the letters' height. On scans 95 of 100 blanks are wider than 0.32, and 95 of 100 whites within words
# narrower than 0.24: white alone does not tell, white where no word goes on does.
BETWEEN = 0.3
SHORTEST = 2  # letters of a word before a digit: `B2` and `m2` are words
OPENING, CLOSING = "“\"'(", ".,;:!?”\"')"
SLACK = 0.25  # letters' heights that a letter may be told beside its middle

DASHES = "-–"
# In shares of the letters' height, on 511 dashes of scans: between letter and dash 0.31 to 1.0 where there's a blank,
# -0.05 to 0.26 where there is none, but for one.
BESIDE_DASH = 0.29
ALIKE = 0.7  # of the white on the side where the blank was read
LOW = 0.45  # of the letters' height: no dash is thicker, no letter lower
LONG = 0.2  # of the letters' height: no dash is shorter
NEAR = 0.3  # letters' heights between a dash and where it was told


def with_missed_blanks(letters: Sequence[Letter], line: FoundLine, crop: Crop) -> list[Letter]:
    """The letters of a line, with blanks where the white shows them and the words bear them out.

    Those are the blanks around a dash, which has two or none, the one between two syllables that are none together,
    and the one between a word in small letters and a digit.
    """
    return _between_words(_around_dashes(letters, line, crop), line, crop)


def _blank(letter: Letter) -> Letter:
    return letter._replace(text=" ", other="", other_chance=0.0)


def _between_words(letters: Sequence[Letter], line: FoundLine, crop: Crop) -> list[Letter]:
    kept: list[Letter] = []
    run: list[Letter] = []
    for letter in [*letters, None]:
        if letter is not None and letter.text != " ":
            run.append(letter)
            continue
        kept += _parted(run, line, crop)
        kept += [letter] if letter is not None else []
        run = []
    return kept


def _parted(word: list[Letter], line: FoundLine, crop: Crop) -> list[Letter]:
    """A word, cut in two at the widest of the places where it may be two words, if it's wide enough."""
    texts = [letter.text for letter in word]
    if is_syllable("".join(texts).lstrip(OPENING).rstrip(CLOSING)):  # no place in it could part two others
        return word
    found = [
        (_white_between(word[cut - 1], word[cut], line, crop), cut)
        for cut in range(1, len(word))
        if _may_part("".join(texts[:cut]), "".join(texts[cut:]))
    ]
    white, cut = max(found, default=(0.0, 0))
    if white < BETWEEN * line.height:
        return word
    return [*word[:cut], _blank(word[cut]), *_parted(word[cut:], line, crop)]


def _may_part(left: str, right: str) -> bool:
    first, last = left.lstrip(OPENING), right.rstrip(CLOSING)
    if not is_syllable(first):
        return False
    if right[0].isdigit():
        return first.islower() and len(first) >= SHORTEST
    return (
        last.islower()
        and (first.islower() or first.istitle())
        and is_syllable(last)
        and not is_syllable(first + last)
    )


def _white_between(left: Letter, right: Letter, line: FoundLine, crop: Crop) -> float:
    """Pixels of the widest white between the ink of two letters; 0 where the ink of one was not found."""
    slack = SLACK * line.height
    start, end = place_of(left, crop) - slack, place_of(right, crop) + slack
    pieces = line.letters[line.letters[:, 3] - line.letters[:, 1] >= LOW * line.height]
    near = pieces[(pieces[:, 2] > start) & (pieces[:, 0] < end)]
    if len(near) < 2:
        return 0.0
    return float((near[1:, 0] - np.maximum.accumulate(near[:-1, 2])).max())


def _around_dashes(letters: Sequence[Letter], line: FoundLine, crop: Crop) -> list[Letter]:
    if not any(letter.text in DASHES for letter in letters):
        return list(letters)
    kept: list[Letter] = []
    for index, letter in enumerate(letters):
        before, after = letters[index - 1 : index] if index else [], letters[index + 1 : index + 2]
        if letter.text not in DASHES or not before or not after:
            kept.append(letter)
            continue
        read = before[0].text == " ", after[0].text == " "
        missing = _missing(read, None if all(read) else _white_beside(letter, line, crop), line.height)
        kept += [*([_blank(letter)] if missing[0] else []), letter, *([_blank(letter)] if missing[1] else [])]
    return kept


def _missing(read: tuple[bool, bool], white: tuple[float, float] | None, height: float) -> tuple[bool, bool]:
    """On which side of a dash a blank was printed and not read: there's none on one side alone."""
    if white is None:
        return False, False
    if read[0] != read[1]:
        least = max(BESIDE_DASH * height, ALIKE * white[read[1]])
        return not read[0] and white[0] >= least, not read[1] and white[1] >= least
    both = min(white) >= BESIDE_DASH * height
    return both, both


def _white_beside(dash: Letter, line: FoundLine, crop: Crop) -> tuple[float, float] | None:
    """Pixels of white before and behind a dash; None where its ink or a neighbour's was not found."""
    place, pieces, height = place_of(dash, crop), line.letters, line.height
    tall = pieces[:, 3] - pieces[:, 1]
    wide = pieces[:, 2] - pieces[:, 0]
    near = (pieces[:, 0] - NEAR * height < place) & (place < pieces[:, 2] + NEAR * height)
    own = pieces[near & (tall < LOW * height) & (wide > LONG * height)]
    if not len(own):
        return None
    ink = own[abs((own[:, 0] + own[:, 2]) / 2 - place).argmin()]
    letters = pieces[tall > LOW * height]
    before, after = letters[letters[:, 2] <= ink[0] + 1], letters[letters[:, 0] >= ink[2] - 1]
    if not len(before) or not len(after):
        return None
    return float(ink[0] - before[:, 2].max()), float(after[:, 0].min() - ink[2])
