"""Finds fixed wording in print that may be misread: accents lost, letters taken for others, blanks come or gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ocr.fields.rows import Row, word_letters
from ocr.page import Word
from ocr.rules import phrase_key, phrase_plain
from ocr.vietnamese import is_capitals, key

SHORT = 3  # letters up to which small print must have the phrase's accents too: Võ is no vợ
LETTERS_A_MISTAKE = 7  # letters of a phrase in which one may be misread, missing or too many
_NOT_LETTER = re.compile(r"[\W_]+")
_NOT_ACCENTED = re.compile(r"(?:(?![\u0300-\u036f])[\W_])+")  # keys hold tone marks apart from their letters


@lru_cache(maxsize=4096)
def letters_of(phrase: str) -> str:
    """The plain letters of a phrase of the rules, blanks and marks left out."""
    return _NOT_LETTER.sub("", phrase_plain(phrase))


def mistakes_allowed(letters: str) -> int:
    """How many letters of so long a phrase may be wrong."""
    return len(letters) // LETTERS_A_MISTAKE


def likeness(letters: str, phrase: str) -> float:
    """1 where plain letters are the phrase, less for each mistake, 0 where there are too many."""
    wanted = letters_of(phrase)
    allowed = mistakes_allowed(wanted)
    distance = Levenshtein.distance(letters, wanted, score_cutoff=allowed)
    return 0.0 if distance > allowed else 1.0 - distance / max(1, len(wanted))


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a row that say a phrase."""

    start: int  #: first word
    stop: int  #: first word behind
    likeness: float  #: 0 to 1


def opening(row: Row, phrase: str) -> Place | None:
    """The words by which a row opens with a phrase, however they are torn or glued; None where it does not."""
    return place_at(row, 0, phrase)


def place_at(row: Row, start: int, phrase: str) -> Place | None:
    """The words from `start` on that say a phrase; None where they do not."""
    wanted = letters_of(phrase)
    allowed = mistakes_allowed(wanted)
    best: Place | None = None
    said = ""
    for stop in range(start, len(row.words)):
        said += word_letters(row.words[stop].text)
        if len(said) > len(wanted) + allowed:
            break
        if len(said) < len(wanted) - allowed:
            continue
        distance = Levenshtein.distance(said, wanted, score_cutoff=allowed)
        if distance <= allowed:
            like = 1.0 - distance / max(1, len(wanted))
            if distance and not _ends_alike(row.words[stop].text, phrase):
                continue
            if len(wanted) <= SHORT and not _same_accents(row.words[start : stop + 1], phrase):
                continue
            if best is None or like > best.likeness:
                best = Place(start, stop + 1, like)
    return best


def _ends_alike(said: str, phrase: str) -> bool:
    """Whether a word ends a phrase of several, where that one is short: HUYỆN TUY PHƯỚC is no misread HUYỆN ỦY."""
    last = letters_of(phrase.split()[-1])
    return len(last) > SHORT or (word_letters(said).endswith(last) and len(word_letters(said)) != len(last) + 1)


def _same_accents(words: Sequence[Word], phrase: str) -> bool:
    """Whether words have a phrase's accents; headings in capitals, which lose them in bold print, need not."""
    said = " ".join(word.text for word in words)
    if is_capitals(phrase) and is_capitals(said):
        return True
    return _NOT_ACCENTED.sub("", key(said)) == _NOT_ACCENTED.sub("", phrase_key(phrase))


def first_opening(row: Row, phrases: Iterable[str]) -> Place | None:
    """The best of several phrases that a row opens with, the longest among equals; None where it opens with none."""
    found = [place for phrase in phrases if (place := opening(row, phrase)) is not None]
    return max(found, key=lambda place: (place.likeness, place.stop), default=None)


def find(row: Row, phrase: str) -> Place | None:
    """The first words of a row that say a phrase; None where none do."""
    wanted = phrase_plain(phrase)
    if not fuzz.partial_ratio(wanted, row.plain, score_cutoff=100 - 100 / LETTERS_A_MISTAKE):
        return None
    for start in range(len(row.words)):
        place = place_at(row, start, phrase)
        if place is not None:
            return place
    return None
