"""Boxed marks that stand alone at the head of a paper: how urgent it is, and whether it is a state secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocr.fields.rows import Row, Text, word_letters
from ocr.fields.wording import letters_of

WITHIN = 0.5  # share of the page's height; marks stand under the number or over the head
MOST_WORDS = 12  # in a line that may hold a mark
LONGEST_DUST = 2  # letters of specks that may stand beside a mark in its row


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark and where it stands."""

    phrase: str
    row: Row
    exact: bool  #: accents and all


def find_mark(text: Text, phrases: Sequence[str]) -> Mark | None:
    """The first of the phrases, strongest first, that is a row of its own in capitals; None where none is."""
    lines = [line for line in text.lines if line.box.y0 <= WITHIN * text.tall and len(line.words) <= MOST_WORDS]
    for phrase in phrases:
        wanted = letters_of(phrase)
        for line in lines:
            row = _alone(line, wanted) if wanted in line.letters else None
            if row is not None and row.capitals:
                return Mark(phrase=phrase, row=row, exact=row.text.strip(" .,:;|[]()'\"").upper() == phrase.upper())
    return None


def _alone(line: Row, wanted: str) -> Row | None:
    """The words of a line that are a mark, where beside it there is nothing but dust or a wide gap."""
    for start in range(len(line.words)):
        said = ""
        for stop in range(start, len(line.words)):
            said += word_letters(line.words[stop].text)
            if len(said) > len(wanted):
                break
            if said == wanted and _apart(line, start, stop + 1):
                return line.part(start, stop + 1)
    return None


def _apart(line: Row, start: int, stop: int) -> bool:
    mark = line.part(start, stop)
    for index, word in enumerate(line.words):
        if start <= index < stop or (len(word_letters(word.text)) <= LONGEST_DUST and word.confidence < 0.6):
            continue
        gap = mark.box.x0 - word.box.x1 if index < start else word.box.x0 - mark.box.x1
        if gap < 1.5 * mark.box.height:
            return False
    return True
