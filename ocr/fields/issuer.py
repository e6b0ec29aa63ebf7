"""The body that issued a paper, from the head's left column.

The column names, line by line, the body above and the one that issues; names run over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr.fields.head import Head
from ocr.fields.rows import Row, plain_word, row_of
from ocr.fields.wording import letters_of, opening
from ocr.page import Word
from ocr.rules import Rules
from ocr.vietnamese import one_form, plain_key, without_accents

LONG_NAME = 12  # letters from which on a name with one mistake is still that name
JOINING = ("va", "cua", "thuoc")  # words without accents that no name ends with
VERY_LONG_NAME = 20  # letters from which on a name with several mistakes can be told
LETTERS_A_MISTAKE = 9  # … one in so many
FARTHER = 3  # mistakes more that the next name must have
COMMITTEE_WORDS = 3  # words from which on a body of a place always has its level: ỦY BAN NHÂN DÂN TỈNH …
OF_PROVINCE = ("SỞ ", "PHÒNG ", "VĂN PHÒNG ", "TRUNG TÂM ")  # departments that may have the province's name behind
PROVINCE_LEVELS = 2  # of the levels in the rules, the first ones: tỉnh, thành phố
MOST_ROWS = 7  # of a head's left column that can name bodies
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
    for organ in rules.fields.head.organs_of_places:
        for level in rules.fields.head.levels:
            opened = f"{organ} {level} "
            if name.startswith(opened):
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
        opens = _opens(row, rules)
        if groups and (not opens or _goes_on(groups[-1], row, rules)):
            groups[-1].append(row)
        elif opens or not groups:
            groups.append([row])
    opened = [group for group in groups if _opens(group[0], rules)]
    return opened or groups


def _opens(row: Row, rules: Rules) -> bool:
    """Whether a row begins a body's name, be it glued to the next word: SỞY TẾ."""
    organs = rules.fields.head.organs
    return row.text.startswith(organs) or any(opening(row, organ) for organ in organs)


def _goes_on(group: Sequence[Row], row: Row, rules: Rules) -> bool:
    """Whether a row that looks like a body's beginning is the end of the name above.

    THÀNH PHỐ HẢI / PHÒNG, VĂN PHÒNG HĐND VÀ / UBND TỈNH, THANH TRA / BỘ TÀI CHÍNH.
    """
    last = group[-1]
    if plain_word(last.words[-1].text) in JOINING or last.text.endswith(("-", ",", "&")):
        return True
    if len(group) == 1 and _is_bare(last, rules):
        return True
    joined = plain_key(f"{group[-1].text} {row.text}")
    if any(joined.endswith(plain_key(province)) for province in rules.fields.provinces.values()):
        return not any(plain_key(row.text).startswith(plain_key(name)) for name in rules.fields.provinces.values())
    together = letters_of(_joined([*group, row]))
    return any(letters_of(body) == together for body in rules.fields.head.known_bodies)


def _is_bare(row: Row, rules: Rules) -> bool:
    """Whether a row is nothing but what opens a body's name, and not one that a place's name follows."""
    head = rules.fields.head
    return any(row.letters == letters_of(organ) for organ in head.organs if organ not in head.organs_of_places[:4])


def _joined(rows: Sequence[Row]) -> str:
    return " ".join(one_form(row.text).strip(_EDGES) for row in rows).upper()


def with_known_accents(name: str, rules: Rules) -> tuple[str, bool]:
    """A body's name with the accents of the one that it must be, and whether it is one that the rules know."""
    head = rules.fields.head
    places = (*rules.fields.provinces.values(), *head.other_places)
    known = _known_names(head.known_bodies, head.organs_of_places, head.levels, places)
    plain = letters_of(name)
    if plain in known:
        return known[plain], True
    near = _one_mistake_off(plain, tuple(known))
    if near:
        return known[near], True
    far = _few_mistakes_off(plain, tuple(known))
    return (known[far], False) if far else (_spelt(name, plain, rules), False)


def _few_mistakes_off(plain: str, known: tuple[str, ...]) -> str | None:
    """The long name that misread letters come nearest to, all others being much farther; to be shown."""
    if len(plain) < VERY_LONG_NAME:
        return None
    most = len(plain) // LETTERS_A_MISTAKE
    near = process.extract(plain, known, scorer=Levenshtein.distance, score_cutoff=most + FARTHER, limit=2)
    if not near or near[0][1] > most or (len(near) > 1 and near[1][1] < near[0][1] + FARTHER):
        return None
    return near[0][0]


@lru_cache(maxsize=8)
def _known_names(
    bodies: tuple[str, ...], of_places: tuple[str, ...], levels: tuple[str, ...], places: tuple[str, ...]
) -> dict[str, str]:
    """Every body that the rules know and every one that a province has, with and without its place, by letters."""
    names = {letters_of(body): body for body in bodies}
    of_province = [body for body in bodies if body.startswith(OF_PROVINCE)]
    bare = [organ for organ in of_places if len(organ.split()) < COMMITTEE_WORDS]
    for place in places:
        at, printed = letters_of(place), place.upper()
        for level in levels[:PROVINCE_LEVELS]:
            behind = letters_of(level) + at
            names |= {letters_of(body) + behind: f"{body} {level} {printed}" for body in (*of_places, *of_province)}
        names |= {letters_of(body) + at: f"{body} {printed}" for body in (*bare, *of_province)}
    return names


def _one_mistake_off(plain: str, known: tuple[str, ...]) -> str | None:
    """The one long name that letters are with one mistake, not in its first word: BỘ Y TẾ is not SỞ Y TẾ."""
    if len(plain) < LONG_NAME:
        return None
    near = process.extract(plain, known, scorer=Levenshtein.distance, score_cutoff=1, limit=3)
    fitting = [name for name, _, _ in near if name[:2] == plain[:2] and len(name) >= LONG_NAME]
    return fitting[0] if len(fitting) == 1 else None


def _spelt(name: str, plain: str, rules: Rules) -> str:
    """A name with the fixed words of its beginning put right: organ and level of a body that places have."""
    for organ in rules.fields.head.organs_of_places:
        opened = letters_of(organ)
        for level in rules.fields.head.levels:
            if plain.startswith(opened + letters_of(level)):
                return f"{organ} {level} {_tail(name, len(opened) + len(letters_of(level)))}".strip()
    return name


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
