"""The body that issued a paper, from the head's left column.

The column names, line by line, the body above and the one that issues; names run over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from ocr.fields.head import Head
from ocr.fields.rows import Row, row_of
from ocr.fields.wording import letters_of, opening
from ocr.page import Word
from ocr.rules import Rules
from ocr.vietnamese import one_form, plain_key, without_accents

LONG_NAME = 12  # letters from which on a name with one mistake is still that name
MOST_ROWS = 7  # of a head's left column that can name bodies
_OF_PLACES = frozenset({"uybannhandan", "ubnd", "hoidongnhandan", "hdnd"})  # bodies that every place has one of
_EDGES = " .,;:'\"“”‘’*~_-|<>="
_NAME = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class ReadIssuer:
    """An issuing body as it was found."""

    value: str  #: as printed, lines joined, accents put right where only one name can be meant
    above: str  #: the body that it answers to, "" where none is printed
    words: tuple[Word, ...]
    known: bool  #: a body or a province's committee that the rules name, so that misread letters would show
    repaired: bool  #: letters were changed to make it one
    of_place: str = ""  #: name of the place whose committee or council it is, as printed


def find_issuer(head: Head, rules: Rules, *, above: float | None = None) -> ReadIssuer | None:
    """The issuing body; None where the left column names none.

    above: pixels from the top; the number's row, which the names stand over.
    """
    rows = _name_rows(head, above)
    groups = _bodies(rows, rules)
    if not groups:
        return None
    words = tuple(word for row in groups[-1] for word in row.words)
    printed = _joined(groups[-1])
    value, known = with_known_accents(printed, rules)
    upper = with_known_accents(" ".join(_joined(group) for group in groups[:-1]), rules)[0]
    return ReadIssuer(
        value=value,
        above=upper,
        words=words,
        known=known,
        repaired=value != printed,
        of_place=_place_of(value, rules),
    )


def _place_of(name: str, rules: Rules) -> str:
    """The place in a committee's or council's name, "" where it is none or its level was not read."""
    for organ in rules.fields.head.organs:
        for level in rules.fields.head.levels:
            opened = f"{organ} {level} "
            if letters_of(organ) in _OF_PLACES and name.startswith(opened):
                return name[len(opened) :]
    return ""


def _name_rows(head: Head, above: float | None) -> list[Row]:
    """Rows of the left column in capitals over the number, edges cut off."""
    rows = []
    for row in head.left:
        if above is not None and row.box.centre[1] >= above:
            break
        words = [word for word in row.words if _NAME.search(word.text) or word.text in "-&,()"]
        while words and not _NAME.search(words[0].text):
            words.pop(0)
        while words and not _NAME.search(words[-1].text):
            words.pop()
        if not words:
            continue
        cut = row_of(words)
        if cut.capitals and len(cut.letters) >= 2:
            rows.append(cut)
        elif rows and not cut.capitals:
            break  # the number's row, unread, or what stands under it
        if len(rows) == MOST_ROWS:
            break
    return rows


def _bodies(rows: Sequence[Row], rules: Rules) -> list[list[Row]]:
    """Rows grouped into bodies, the highest first."""
    groups: list[list[Row]] = []
    for row in rows:
        opens = any(opening(row, organ) for organ in rules.fields.head.organs)
        if groups and (not opens or _goes_on(groups[-1], row, rules)):
            groups[-1].append(row)
        elif opens or not groups:
            groups.append([row])
    opened = [group for group in groups if any(opening(group[0], organ) for organ in rules.fields.head.organs)]
    return opened or groups


def _goes_on(group: Sequence[Row], row: Row, rules: Rules) -> bool:
    """Whether a row that looks like a body's beginning is the end of the name above: THÀNH PHỐ HẢI / PHÒNG."""
    joined = plain_key(f"{group[-1].text} {row.text}")
    if any(joined.endswith(plain_key(province)) for province in rules.fields.provinces.values()):
        return not any(plain_key(row.text).startswith(plain_key(name)) for name in rules.fields.provinces.values())
    together = letters_of(_joined([*group, row]))
    return any(letters_of(body) == together for body in rules.fields.head.known_bodies)


def _joined(rows: Sequence[Row]) -> str:
    return " ".join(one_form(row.text).strip(_EDGES) for row in rows).upper()


def with_known_accents(name: str, rules: Rules) -> tuple[str, bool]:
    """A body's name with the accents of the one that it must be, and whether it is one that the rules know."""
    plain = letters_of(name)
    bodies = rules.fields.head.known_bodies
    exact = next((body for body in bodies if letters_of(body) == plain), None)
    if exact is not None:
        return exact, True
    near = [body for body in bodies if _misread(plain, letters_of(body))]
    return (near[0], True) if len(near) == 1 else _committee(name, plain, rules)


def _misread(plain: str, wanted: str) -> bool:
    """Whether letters are a long name with one mistake, not in its first word: BỘ Y TẾ is not SỞ Y TẾ."""
    return (
        len(wanted) >= LONG_NAME
        and plain[:2] == wanted[:2]
        and Levenshtein.distance(plain, wanted, score_cutoff=1) <= 1
    )


@lru_cache(maxsize=8)
def _province_bodies(organs: tuple[str, ...], levels: tuple[str, ...], places: tuple[str, ...]) -> dict[str, str]:
    """The committees and councils of all provinces, by their letters."""
    names = (
        f"{organ} {level} {place.upper()}"
        for organ in organs
        if letters_of(organ) in _OF_PLACES
        for level in levels[:2]
        for place in places
    )
    return {letters_of(name): name for name in names}


def _committee(name: str, plain: str, rules: Rules) -> tuple[str, bool]:
    """A people's committee or council: its fixed words, its level, and the name where it is a province's."""
    head = rules.fields.head
    provinces = _province_bodies(head.organs, head.levels, (*rules.fields.provinces.values(), *head.other_places))
    if plain in provinces:
        return provinces[plain], True
    near = [body for letters, body in provinces.items() if len(plain) >= LONG_NAME and _misread(plain, letters)]
    if len(near) == 1:
        return near[0], True
    for organ in rules.fields.head.organs:
        opened = letters_of(organ)
        if not plain.startswith(opened) or " " not in organ:
            continue
        for level in rules.fields.head.levels:
            if not plain.startswith(opened + letters_of(level)):
                continue
            tail = _tail(name, len(opened) + len(letters_of(level)))
            return f"{organ} {level} {tail}".strip(), False
    return name, False


def _tail(name: str, letters: int) -> str:
    """What is left of a name behind so many letters."""
    seen = 0
    for index, letter in enumerate(name):
        if seen == letters:
            return name[index:].strip()
        if re.search(r"[^\W_]", letter):
            seen += len(without_accents(letter))
    return ""


def bodies_letters(issuer: str) -> str:
    """First letters of a body's words, as symbols have them: SỞ GIÁO DỤC VÀ ĐÀO TẠO → SGDĐT."""
    small = {"va", "cua", "cac", "ve", "-"}
    words = [word.strip(",-") for word in issuer.split()]
    return "".join(word[0] for word in words if word and plain_key(word) not in small)
