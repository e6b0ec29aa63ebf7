"""Fields of forms: what stands behind a label, as `Số CCCD: 0…` or `Họ và tên: …`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ocr.fields.rows import Row, Text, row_of
from ocr.fields.wording import SHORT, Place, find, first_opening, place_at
from ocr.page import Word
from ocr.rules import Rules
from ocr.vietnamese import is_capitals, key, one_form

FIRST_WORD = 3  # a label may stand behind a count or a dash: `1. Cấp cho:`
CLOSE = 0.8  # heights of white between two parts of one row
NEAR = 1.8  # heights from a row's foot to the next one's head, over which a broken value goes on
_BRACKETS = " .,;:()/"
_EDGES = " .,;:'\"“”‘’*~_-|"
_NUMBERING = re.compile(r"^\W*(?:\d{1,2}|[a-zđ])?\W*$")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label and the words behind it."""

    label: str
    row: Row
    words: tuple[Word, ...]  #: behind the label, up to the row's end
    beside: tuple[Word, ...]  #: what the engine tore off the row's end: the next words to its right, close by
    following: tuple[Word, ...]  #: the next row below, where a value that is broken goes on
    likeness: float
    text: Text


def labelled(text: Text, labels: Sequence[str], rules: Rules, *, anywhere: bool) -> list[Labelled]:
    """All places where one of the labels stands, those of the first label first.

    anywhere: also in the middle of a row; else a row must open with it, a count or dash before it aside.
    """
    found = [
        hit
        for index, row in enumerate(text.lines)
        if (hit := _in_row(text, index, row, labels, rules, anywhere=anywhere)) is not None
    ]
    order = {label: place for place, label in enumerate(labels)}
    return sorted(found, key=lambda hit: (order[hit.label], hit.row.box.y0))


def _in_row(
    text: Text, index: int, row: Row, labels: Sequence[str], rules: Rules, *, anywhere: bool
) -> Labelled | None:
    best: Labelled | None = None
    for label in labels:
        place = find(row, label) if anywhere else _at_start(row, label)
        if (
            place is None
            or not _ends_alike(row, place, label)
            or (best is not None and place.likeness * len(label) <= best.likeness * len(best.label))
        ):
            continue
        words = row.words[place.stop :]
        best = Labelled(label, row, words, _beside(text, row), _below(text, index, row), place.likeness, text)
    if best is None or _somebody_elses(best, rules) or _goes_on(best):
        return None
    return best


def _goes_on(hit: Labelled) -> bool:
    """Whether small words up to a colon make it another label: `Họ và tên đại diện theo ủy quyền:`."""
    for index, word in enumerate(hit.words):
        bare = word.text.strip(_BRACKETS)
        if word.text.endswith(":"):
            return index > 0 and bare.islower() and hit.row.words[-len(hit.words) - 1].text[-1:] != ":"
        if not bare.islower():
            return False
    return False


def _ends_alike(row: Row, place: Place, label: str) -> bool:
    """Whether a label's short last word stands there: in `Cấp cho: Ông Hà …` Hà is no misread (Bà) but a name."""
    last = one_form(label.split()[-1]).strip(_BRACKETS)
    said = one_form(row.words[place.stop - 1].text).strip(_BRACKETS)
    return len(last) > SHORT or is_capitals(said) or key(said) == key(last) or key(said).endswith(key(last))


def _at_start(row: Row, label: str) -> Place | None:
    for start in range(min(FIRST_WORD, len(row.words))):
        if start and not all(_NUMBERING.match(word.text) for word in row.words[:start]):
            return None
        place = place_at(row, start, label)
        if place is not None:
            return place
    return None


def _somebody_elses(hit: Labelled, rules: Rules) -> bool:
    """Whether what follows the label makes it another person's: Họ, chữ đệm, tên người mẹ."""
    if not hit.words:
        return False
    behind = row_of(hit.words)
    return first_opening(behind, rules.fields.labels.others) is not None


def _beside(text: Text, row: Row) -> tuple[Word, ...]:
    for other in text.lines:
        shared = min(other.box.y1, row.box.y1) - max(other.box.y0, row.box.y0)
        if 0 <= other.box.x0 - row.box.x1 < CLOSE * text.height and shared > 0.5 * text.height:
            return other.words
    return ()


def _below(text: Text, index: int, row: Row) -> tuple[Word, ...]:
    for lower in text.lines[index + 1 :]:
        if lower.box.y0 > row.box.y1 + NEAR * row.box.height:
            return ()
        across = min(lower.box.x1, row.box.x1) - max(lower.box.x0, row.box.x0)
        if lower.box.centre[1] > row.box.y1 and across > 0:
            return lower.words
    return ()


def name_behind(hit: Labelled, rules: Rules) -> tuple[Word, ...]:
    """The words of a name behind a label: honorifics left out, up to what ends it."""
    words = list(hit.words)
    if not words and hit.following:
        words = list(hit.following)
    words = _without_honorific(words, rules)
    kept: list[Word] = []
    for index, word in enumerate(words):
        if first_opening(row_of(words[index:]), rules.fields.labels.ends) is not None:
            break
        bare = one_form(word.text).strip(_EDGES)
        if not bare and not kept:
            continue
        if not bare.isalpha():
            break
        kept.append(word)
        if one_form(word.text).rstrip("'\"”’").endswith((";", ",", ".", ":")):
            break
    return tuple(kept)


def _without_honorific(words: list[Word], rules: Rules) -> list[Word]:
    start = 0
    while start < len(words) and not re.search(r"\w", words[start].text):
        start += 1
    if start == len(words):
        return []
    place = first_opening(row_of(words[start:]), rules.fields.labels.honorifics)
    start += place.stop if place is not None else 0
    while start < len(words) and not re.search(r"\w", words[start].text):
        start += 1
    return words[start:]
