"""Tells print from hand-writing and from numbering stamps by how digits sit among the printed words beside them.

Real originals carry their number and day in ink (38 of 48 scans that were looked at), and such digits are misread
more often than not, sometimes into plausible ones. Print sits on its neighbours' baseline, is as high as they are,
and has no gap before its symbol. Whatever is not clearly print is left to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ocr.fields.rows import Text
from ocr.geometry import Box
from ocr.page import TextLayer, Word

SURE = 0.8  # confidence; printed numbers that were read right lie above in 31 of 33 scans, written ones in 1 of 12
OFF_LINE = (
    0.16  # share of a digit's height by which its top or foot may miss its neighbours'; written ones miss by 0.2
)
TAILS = frozenset("gqpyGQPY,;")  # letters that go below the baseline
WRITTEN = 0.15  # share of a word that a pen's ink covers where it was written; a stroke from elsewhere covers less
WITHIN = 0.8  # share of the hand-writing that lies in the word
HIGH = 0.4  # of the word's height; lower ink is a tick or a stroke's end
FILLED_IN = 1.0  # heights of white on both sides of digits that were written into a gap; a blank has a third
ACCENTED = 0.09  # share of an accented capital word's height by which it overtops digits


def born_digital(text: Text) -> bool:
    """Whether the page's text came with the file: nothing on it was written by hand or misread."""
    return text.page.facts.text_layer is TextLayer.GOOD


def number_doubts(words: Sequence[Word], text: Text) -> tuple[str, ...]:
    """What speaks against the digits of a number being print, for people.

    words: the label and everything up to the symbol's end.
    """
    if born_digital(text):
        return ()
    if len(words) < 2:
        return ("its digits are glued to its label",)
    label, number = words[0], words[1]
    doubts = ["its digits are written by hand"] if by_hand(words[1:2], text) else []
    if "/" not in number.text and any("/" in word.text for word in words[2:]):
        doubts.append("its digits stand apart from its symbol, as written ones do")
    if number.confidence < SURE:
        doubts.append("its digits are not clear")
    height = label.box.height * (1 - ACCENTED)
    if _off(
        number,
        top=label.box.y1 - height,
        foot=label.box.y1,
        height=height,
        tails=any(letter in "Q,;" for letter in number.text),
    ):
        doubts.append("its digits do not sit in line with the print beside them")
    return tuple(doubts)


def by_hand(words: Sequence[Word], text: Text) -> bool:
    """Whether hand-writing covers a good part of a word, or lies whole in it, as the digits of `47/QĐ-UBND` do."""
    return any(_written(word.box, hand) for word in words for hand in text.page.facts.handwriting)


def _written(word: Box, hand: Box) -> bool:
    shared = word.overlap(hand)
    within = shared > WITHIN * hand.width * hand.height and hand.height > HIGH * word.height
    return within or shared > WRITTEN * word.width * word.height


def _off(word: Word, *, top: float, foot: float, height: float, tails: bool) -> bool:
    slack = OFF_LINE * height
    low = word.box.y1 - foot
    return abs(word.box.y0 - top) > slack or low < -slack or low > slack * (2 if tails else 1)


def digit_doubts(digits: Sequence[Word], neighbours: Sequence[Word], text: Text, *, what: str) -> tuple[str, ...]:
    """What speaks against some digits of a date being print, for people.

    neighbours: all words of the date line; their tops are those of digits, as is the foot of those without a tail.
    """
    if born_digital(text) or not digits:
        return ()
    doubts = [f"{what} is written by hand"] if by_hand(digits, text) else []
    if any(word.confidence < SURE for word in digits):
        doubts.append(f"{what} is not clear")
    feet = [word.box.y1 for word in neighbours if not set(word.text) & TAILS]
    foot = median(feet or [word.box.y1 for word in neighbours])
    top = median(word.box.y0 for word in neighbours if word.text[:1].isalpha() or word.text.isdecimal())
    height = max(1.0, foot - top)
    if any(_off(word, top=top, foot=foot, height=height, tails=False) for word in digits):
        doubts.append(f"{what} does not sit in line with the print beside it")
    start, end = min(word.box.x0 for word in digits), max(word.box.x1 for word in digits)
    before = [start - word.box.x1 for word in neighbours if word.box.centre[0] < start]
    behind = [word.box.x0 - end for word in neighbours if word.box.centre[0] > end]
    if before and behind and min(min(before), min(behind)) > FILLED_IN * height:
        doubts.append(f"{what} stands apart from the words beside it, as written ones do")
    return tuple(doubts)
