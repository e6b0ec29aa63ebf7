"""Digits beside hand-writing: a number of which a part was written or not read is no number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ocr.engines.reader.letters import HANDWRITING
from ocr.geometry import Box, around
from ocr.page import Word

NEAR = 0.8  # letters' heights between the two
_DIGITS = re.compile(r"\d+")


def without_parts_of_numbers(words: Sequence[Word], unread: Sequence[Box], height: float) -> tuple[Word, ...]:
    """The words of a line, leading digits right behind a hand or unread ink made a part of the hand.

    unread: letter-sized ink of the line that gave no letter. height: of the line's letters.
    A hand-written 299 whose first 2 was seen as written must not become 99.
    """
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


def _behind(left: Box, right: Box, height: float) -> bool:
    return -height < right.x0 - left.x1 < NEAR * height and left.x0 < right.x0
