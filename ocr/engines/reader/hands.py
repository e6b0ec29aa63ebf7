"""Digits by hand: beside hand-writing a number is no number, and digits that sit unlike print are told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocr.engines.reader.decoding import Letter
from ocr.engines.reader.letters import HANDWRITING
from ocr.engines.reader.words import TALL, place_of
from ocr.geometry import Box, around
from ocr.lines import Crop, FoundLine
from ocr.page import Word

NEAR = 0.8  # letters' heights between the two
_DIGITS = re.compile(r"\d+")
_BEFORE_SYMBOL = re.compile(r"\d+(?=/(?:(?:19|20)\d\d/)?[A-ZĐ])")

# How printed digits of a number may sit, in shares of their own height. On 1,707 of them on scans the worst hundredth
# lies at 0.06, 0.1, 0.08 and 1.0; hand-written ones that were read as print at 0.0 to 0.42, 0.21 to 0.32 and 1.38.
UNEVEN = 0.2  # feet of one number, or tops
OFF_LINE = 0.16  # their feet from those of the print around
WIDE = 1.1  # for each digit: more ink than was read stands there
APART = 0.32  # white between their last one and the stroke: print has 0.26 at most of 380, writing 0.37 to 1.9
SLANT = 0.4  # of their height: an italic's stroke begins so far before the last one ends
WITHIN, BROKEN = 0.6, 0.12  # of a broken piece's width that it shares with its letter; letters' heights between them
WIDER = 1.6  # times the white between them, which is as wide in a typewriter's type
AROUND = 8  # letters' heights on either side in which print tells where the line's foot is
FEWEST = 3  # pieces of print that tell it
FOOT = 35  # percentile of their feet: letters with tails go deeper


def without_parts_of_numbers(words: Sequence[Word], unread: Sequence[Box], height: float) -> tuple[Word, ...]:
    """The words of a line, leading digits right behind a hand or unread ink made a part of the hand.

    unread: letter-sized ink of the line that gave no letter. height: of the line's letters.
    A hand-written 299 whose first 2 was seen as written must not become 99.
    """
    if not any(word.text[:1].isdigit() for word in words):
        return tuple(words)
    kept: list[Word] = []
    for word in words:
        digits = _DIGITS.match(word.text)
        before = [box for box in unread if _behind(box, word.box, height)]
        hand = kept[-1] if kept and kept[-1].text == HANDWRITING else None
        if digits is None or not (before or (hand and _behind(hand.box, word.box, height))):
            kept.append(word)
            continue
        at = word.box.x0 + (word.box.x1 - word.box.x0) * digits.end() / len(word.text)
        written = around([*before, Box(word.box.x0, word.box.y0, at, word.box.y1), *([hand.box] if hand else [])])
        if hand:
            kept.pop()
        kept.append(Word(text=HANDWRITING, box=written, confidence=word.confidence))
        if digits.end() < len(word.text):
            rest = Box(at, word.box.y0, word.box.x1, word.box.y1)
            kept.append(replace(word, text=word.text[digits.end() :], box=rest))
    return tuple(kept)


def digits_unlike_print(letters: Sequence[Letter], line: FoundLine, crop: Crop) -> tuple[Box, ...]:
    """Around digits of papers' numbers, `349/QĐ-UBND`, that do not sit as print does, in pixels of the page.

    The network reads clear hand-writing as digits now and then, and one of two. Each piece of ink belongs to the
    letter that is nearest; print has even feet and tops on its neighbours' line, no more ink than was read, and its
    symbol's stroke right behind it.
    """
    read = [letter for letter in letters if letter.text != " "]
    numbers = list(_BEFORE_SYMBOL.finditer("".join([letter.text for letter in read])))
    pieces = _whole(line) if numbers else line.letters[:0]
    if not len(pieces):
        return ()
    places = np.array([place_of(letter, crop) for letter in read])
    middles = (pieces[:, 0] + pieces[:, 2]) / 2
    apart = np.maximum(np.maximum(pieces[:, :1] - places, places - pieces[:, 2:3]), 0)
    nearest = (apart + 1e-3 * np.abs(middles[:, None] - places)).argmin(axis=1)
    lean = line.drop * (middles - (line.box.x0 + line.box.x1) / 2)
    tops, feet = pieces[:, 1] - lean, pieces[:, 3] - lean
    found = []
    for number in numbers:
        own = (nearest >= number.start()) & (nearest < number.end())
        if not own.any():
            continue
        height = float(np.median(feet[own] - tops[own]))
        near = ~own & (np.abs(middles - middles[own].mean()) < AROUND * line.height)
        uneven = max(float(np.ptp(feet[own])), float(np.ptp(tops[own]))) > UNEVEN * height
        wide = float(pieces[own, 2].max() - pieces[own, 0].min()) > WIDE * height * len(number[0])
        off = near.sum() >= FEWEST and (
            abs(float(np.median(feet[own]) - np.percentile(feet[near], FOOT))) > OFF_LINE * height
        )
        behind = pieces[nearest >= number.end(), 0]
        beyond = behind[behind > pieces[own, 2].max() - SLANT * height]
        within = np.sort(pieces[own, 0])[1:] - np.sort(pieces[own, 2])[:-1]
        usual = max(APART * height, WIDER * float(np.median(within)) if len(within) else 0.0)
        apart_from_symbol = bool(len(beyond)) and float(beyond.min() - pieces[own, 2].max()) > usual
        if uneven or wide or off or apart_from_symbol:
            found.append(around(Box(*piece) for piece in pieces[own].tolist()))
    return tuple(found)


def _whole(line: FoundLine) -> NDArray[np.float64]:
    """The line's letters, (n, 4), with what broke off them: the foot of a 2 in thin print is a piece of its own."""
    tall = line.letters[:, 3] - line.letters[:, 1] >= TALL * line.height
    pieces, broken = line.letters[tall].copy(), line.letters[~tall]
    x0, y0, x1, y1 = broken.T[:, None]
    shared = np.minimum(x1, pieces[:, 2:3]) - np.maximum(x0, pieces[:, :1])
    apart = np.maximum(y0 - pieces[:, 3:], pieces[:, 1:2] - y1)
    own = (shared > WITHIN * (x1 - x0)) & (apart < BROKEN * line.height)
    pieces[:, 1] = np.minimum(pieces[:, 1], np.where(own, y0, np.inf).min(axis=1, initial=np.inf))
    pieces[:, 3] = np.maximum(pieces[:, 3], np.where(own, y1, -np.inf).max(axis=1, initial=-np.inf))
    return pieces


def _behind(left: Box, right: Box, height: float) -> bool:
    return -height < right.x0 - left.x1 < NEAR * height and left.x0 < right.x0
