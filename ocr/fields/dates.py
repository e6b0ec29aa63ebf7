"""Place and date: `Huế, ngày 05 tháng 3 năm 2024` in the head's right column or over the signature."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from ocr.fields.codes import digits_repaired
from ocr.fields.printed import digit_doubts
from ocr.fields.rows import Row, Text, row_of
from ocr.fields.wording import find
from ocr.geometry import Box
from ocr.page import Word
from ocr.vietnamese import one_form, plain_key

FIRST_YEAR = 1945  # no paper of this state is older
_WORDS = ("ngay", "thang", "nam")
_EDGES = " .,;:'\"“”‘’*~_-|"
_GLUED = re.compile(r"^(ngay|thang|nam)(\W?\d{1,4})$")
_NUMERIC = re.compile(r"^(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>(?:19|20)\d{2})$")
_NUMBER_FIRST = re.compile(r"^(\d{1,2})((?:th[aáâ]ng|n[aăâ]m)\W?)$", re.IGNORECASE)
MOST_BETWEEN = 3  # words between two of ngày, tháng, năm
LONGEST_PLACE = 5  # words: Bà Rịa - Vũng Tàu


@dataclass(frozen=True, slots=True)
class ReadDate:
    """A date line as it was found."""

    place: tuple[Word, ...]  #: the place before `ngày`
    led: bool  #: a place or something else stands before it in its row: `Đăng ký lần đầu, ngày …`
    words: tuple[Word, ...]  #: from `ngày` to the year
    value: date | None  #: None where its parts make no date
    doubts: tuple[str, ...]


def date_in(row: Row, text: Text, *, today: date) -> ReadDate | None:
    """The date line in a row; None where the row does not say ngày … tháng … năm …"""
    row = row_of([part for word in row.words for part in _unglued(word)])
    places = _places(row)
    if places is None:
        return None
    day_at, month_at, year_at = places
    words = row.words
    stop = min(len(words), year_at + 1 + (0 if _digits(words[year_at].text) else 1))
    day = _between(words, day_at, month_at)
    month = _between(words, month_at, year_at)
    year = [words[year_at]] if _digits(words[year_at].text) else list(words[year_at + 1 : stop])
    value, doubts = _made(day, month, year, today)
    neighbours = [word for word in words[max(0, day_at - LONGEST_PLACE) : stop] if len(word.text) > 1]
    for what, digits in (("the day", day), ("the month", month), ("the year", year)):
        doubts += digit_doubts(digits, neighbours, text, what=what)
        if any(_digits(word.text) and word in (words[at] for at in places) for word in digits):
            doubts += (f"{what} is glued to a word",)
    return ReadDate(
        place=_place(words[:day_at]),
        led=any(map(str.isalpha, "".join(word.text for word in words[:day_at]))),
        words=tuple(words[day_at:stop]),
        value=value,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _unglued(word: Word) -> tuple[Word, ...]:
    """A word that is a number and `tháng` or `năm` without a blank, as two that share its box."""
    match = _NUMBER_FIRST.match(one_form(word.text))
    if match is None:
        return (word,)
    box, share = word.box, len(match[1]) / len(match[0])
    middle = box.x0 + share * box.width
    left, right = (Box(box.x0, box.y0, middle, box.y1), Box(middle, box.y0, box.x1, box.y1))
    return replace(word, text=match[1], box=left), replace(word, text=match[2], box=right)


def _places(row: Row) -> tuple[int, int, int] | None:
    """Where ngày, tháng and năm stand in a row."""
    likeness = [[_likeness(word.text, wanted) for word in row.words] for wanted in _WORDS]
    best: tuple[float, tuple[int, int, int]] | None = None
    for month, like in enumerate(likeness[1]):
        if not like:
            continue
        day = _nearest(likeness[0], range(month - 1, max(-1, month - MOST_BETWEEN - 2), -1))
        year = _nearest(likeness[2], range(month + 1, min(len(row.words), month + MOST_BETWEEN + 2)))
        if day is None or year is None:
            continue
        score = like + likeness[0][day] + likeness[2][year]
        if best is None or score > best[0]:
            best = (score, (day, month, year))
    return best[1] if best else None


def _nearest(likeness: Sequence[float], places: Iterable[int]) -> int | None:
    """The place with the best likeness, the nearest among equals; None where none has any."""
    return max((place for place in places if likeness[place]), key=lambda place: likeness[place], default=None)


@lru_cache(maxsize=4096)
def _likeness(word: str, wanted: str) -> float:
    """1 for a word that begins with the one that is wanted, less for one misread, 0 for another."""
    plain = plain_key(word).strip(_EDGES)
    if plain.startswith(wanted):
        return 1.0
    letters = re.sub(r"[^a-z]", "", plain)
    near = abs(len(letters) - len(wanted)) <= 1 and Levenshtein.distance(letters, wanted, score_cutoff=1) <= 1
    return 0.5 if near and len(letters) >= len(wanted) - 1 and letters else 0.0


def _digits(word: str) -> str:
    match = _GLUED.match(plain_key(word).strip(_EDGES))
    return match[2].strip(_EDGES) if match else ""


def _between(words: Sequence[Word], start: int, stop: int) -> list[Word]:
    glued = [words[start]] if _digits(words[start].text) else []
    return glued + [word for word in words[start + 1 : stop] if word.text.strip(_EDGES)]


def _made(
    day: Sequence[Word], month: Sequence[Word], year: Sequence[Word], today: date
) -> tuple[date | None, tuple[str, ...]]:
    numbers, doubts = [], []
    for what, words, longest in (("the day", day, 2), ("the month", month, 2), ("the year", year, 4)):
        said = "".join(_digits(word.text) or word.text.strip(_EDGES) for word in words)
        if said.isdecimal() and len(said) <= longest:
            numbers.append(int(said))
            continue
        repaired = re.sub(r"\D", "", digits_repaired(said))
        if not repaired or len(repaired) > longest or len(said) > longest + 1:
            return None, (f"{what} cannot be read",)
        doubts.append(f"{what} is not all digits")
        numbers.append(int(repaired))
    value = _day(*numbers)
    if value is None:
        return None, (*doubts, "there is no such day")
    if value.year < FIRST_YEAR or value > today:
        doubts.append("it lies in the future" if value > today else "it is too old")
    return value, tuple(doubts)


def _place(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words before `ngày` that are a place, edges left out; each of a name's words begins with a capital."""
    kept = list(words[-LONGEST_PLACE:])
    small = [place for place, word in enumerate(kept) if one_form(word.text).lstrip(_EDGES)[:1].islower()]
    named = [place for place in small if any(map(str.isalpha, kept[place].text[1:]))]  # no letter torn off `ngày`
    kept = kept[named[-1] + 1 :] if named else kept
    while kept and not re.search(r"[^\W\d_]", kept[0].text):
        kept.pop(0)
    while kept and not re.search(r"[^\W\d_]{2}|^[A-ZĐ]", kept[-1].text):
        kept.pop()  # also a letter torn off `ngày`
    return tuple(kept)


def date_behind_label(text: Text, labels: Sequence[str], *, today: date) -> ReadDate | None:
    """A register's date, `Ngày đăng ký: 12/5/2021`; None where none of the labels has one behind it."""
    for row in text.lines:
        for label in labels:
            place = find(row, label)
            if place is None:
                continue
            for word in row.words[place.stop : place.stop + 2]:
                match = _NUMERIC.match(word.text.strip(_EDGES))
                if match is None:
                    continue
                value = _day(int(match["day"]), int(match["month"]), int(match["year"]))
                doubts = list(digit_doubts([word], row.words, text, what="the date"))
                if value is None or value > today:
                    doubts.append("there is no such day yet")
                words = (*row.words[place.start : place.stop], word)
                return ReadDate(place=(), led=True, words=words, value=value, doubts=tuple(doubts))
    return None


def _day(day: int, month: int, year: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def dates_of(rows: Sequence[Row], text: Text, *, today: date) -> list[ReadDate]:
    """The date lines among rows, in order."""
    return [found for row in rows if (found := date_in(row, text, today=today)) is not None]
