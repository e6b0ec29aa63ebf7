"""Judges what was found in a paper's head: number, date, place and issuer bear each other out, or do not."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from rapidfuzz.distance import Levenshtein

from ocr.fields.codes import is_business_code
from ocr.fields.existence import not_there
from ocr.fields.issuer import ReadIssuer, bodies_letters
from ocr.fields.judging.case import UNCLEAR, UNREAD, Case, least
from ocr.fields.number import ReadNumber
from ocr.fields.printed import born_digital
from ocr.fields.value import Field, decided
from ocr.fields.wording import letters_of
from ocr.vietnamese import key, one_form, plain_key, says, without_accents

CHECKED = 0.97  # confidence of a value that passed every check, however low the engine's own
UNKNOWN_BODY = "no body that the rules know"
ACCENTS_OF_PLACE = "accents put right as the date line has them"
_EDGES = " .,;:'\"|"
_TAX_CODE = re.compile(r"\d{10}(?:-\d{3})?")
_NO_NAME = re.compile(r"[^\w\s.,'’–-]|\d")  # what no place's name has: `/Gia Lộc` has a piece of the number beside it


def number_field(case: Case) -> Field | None:
    """The number; accepted where it is clearly print and its symbol is that of the kind and of the issuer."""
    number = case.number
    if number is None or (number.value is None and not case.expects("number")):
        return None
    doubts = list(number.doubts)
    value = _with_issuers_letters(case, number)
    if value != number.value:
        doubts.append("a letter of its symbol put right after the issuer's name")
    if number.value and case.kind is not None:
        if case.kind.symbol and number.symbol and number.symbol != case.kind.symbol:
            doubts.append(f"its symbol says {number.symbol}, the paper is a {case.kind.name}")
        if swallowed_a_word(number.body):
            doubts.append("its symbol ends like a word of the line beside it")
        if _TAX_CODE.fullmatch(number.value) and not is_business_code(number.value):
            doubts.append("its check digit is not that of a tax code")  # a letter of a register's number: 51G8838740
        doubts += _body_doubts(case, number)
        doubts += _year_doubts(case, number)
    confidence = least(number.words)
    return decided(
        "number",
        value,
        case.found(number.words),
        rule=f"behind its label, {number.rule}",
        confidence=confidence if doubts else max(confidence, CHECKED),
        doubts=doubts,
    )


def swallowed_a_word(body: str) -> bool:
    """Whether a symbol's letters end as a word does: UBND-THGia, where the place of the date stood close by.

    Symbols are capitals with single small letters between (TTr, QyĐ, TTg); a word has two in a row.
    """
    return any(one.islower() and other.islower() for one, other in itertools.pairwise(body))


def _with_issuers_letters(case: Case, number: ReadNumber) -> str | None:
    """The number with a misread letter of its body as the issuer's name has it: SỞ TƯ PHÁP signs STP, not STF."""
    if number.value is None or not number.body or case.issuer is None or not case.issuer.known:
        return number.value
    first = number.body.split("-")[0]
    letters = bodies_letters(case.issuer.value)
    if len(letters) < 3 or stands_for(first, case) or Levenshtein.distance(first, letters, score_cutoff=1) > 1:
        return number.value
    head, found, tail = number.value.rpartition(number.body)
    return f"{head}{letters}{found[len(first) :]}{tail}" if found else number.value


def _body_doubts(case: Case, number: ReadNumber) -> list[str]:
    """Whether the body's letters in the symbol are those of the issuer, or at least clear."""
    if not number.body or born_digital(case.text):
        return []
    first = number.body.split("-")[0].split("/")[0]
    if stands_for(first, case) and number.body == first:
        return []
    return ["the letters of its symbol are not clear"] if case.unclear("number", number.words[1:]) else []


def stands_for(letters: str, case: Case) -> bool:
    """Whether letters in a symbol are short for the issuer's name."""
    if case.issuer is None:
        return False
    issuer = case.issuer.value
    for short, name in case.rules.fields.head.short_names.items():
        if key(letters) == key(short) and (key(issuer).startswith(key(name)) or key(issuer).startswith(key(short))):
            return True
    plain = without_accents(letters).casefold()
    return len(plain) > 1 and plain == without_accents(bodies_letters(issuer)).casefold()


def _year_doubts(case: Case, number: ReadNumber) -> list[str]:
    """A register's number and a regulation's hold the year, which is the date's; a number is seldom just that.

    2563/1997/QĐ-UB of which the part by hand was not read would be another paper's 1997/QĐ-UB.
    """
    year = number.year
    if year is None and case.date is not None and case.date.value is not None:
        first = re.match(r"\d{4}(?=/)", number.value or "")
        if first and int(first[0]) == case.date.value.year:
            return ["its digits are the date's year, before which others may be lost"]
    if year is None or case.date is None or case.date.value is None or year == case.date.value.year:
        return []
    return [f"it says {year}, the date {case.date.value.year}"]


def date_field(case: Case) -> Field | None:
    """The date of the paper; accepted where all of it is clearly print."""
    found = case.date
    if found is None:
        return None
    confidence = least(found.words)
    return decided(
        "date",
        found.value.isoformat() if found.value else None,
        case.found((*found.place, *found.words)),
        rule="date line",
        confidence=confidence if found.doubts else max(confidence, CHECKED),
        doubts=found.doubts,
    )


def _place(case: Case) -> str:
    if case.date is None:
        return ""
    return " ".join(one_form(word.text).strip(_EDGES) for word in case.date.place).strip()


def place_field(case: Case) -> Field | None:
    """The place before the date; a province's name has its accents put right."""
    value = _place(case)
    if case.date is None or not value:
        return None
    fields = case.rules.fields
    known = {plain_key(name): name for name in (*fields.provinces.values(), *fields.head.other_places)}
    agrees = case.issuer is not None and _is_of(case.issuer, value, fields.head.levels)
    doubts = []
    if plain_key(value) in known:
        if key(known[plain_key(value)]) != key(value) and not agrees:
            doubts.append("its accents are another place's")  # Phù Yên is a district, Phú Yên a province
        value = value if agrees else known[plain_key(value)]
    elif not agrees and case.unclear("place", case.date.place):
        doubts.append(UNCLEAR)
    elif not agrees and case.issuer is not None and _nearly(value, case.issuer.of_place):
        doubts.append("the issuer's name spells it otherwise")
    elif not agrees and " " not in value:
        doubts.append("a place's name of one word may have lost another")
    elif not agrees and _nearly_known(value, known):
        doubts.append("a place's name is like it but for a letter")
    if not agrees and case.unread_beside(case.date.place):
        doubts.append(UNREAD)
    if _NO_NAME.search(value):
        doubts.append("it has marks that no place's name has")
    if case.number is not None and swallowed_a_word(case.number.body):
        doubts.append("a part of it may stand in the number beside it")
    return decided(
        "place",
        value,
        case.found(case.date.place),
        rule="before the date",
        confidence=least(case.date.place),
        doubts=doubts,
    )


def _is_of(issuer: ReadIssuer, place: str, levels: Sequence[str]) -> bool:
    """Whether an issuer's name has a place, all of it: Kly is no part of XÃ EA KLY that would bear it out."""
    name = key(issuer.value)
    return key(issuer.of_place) == key(place) or any(name.endswith(f" {key(level)} {key(place)}") for level in levels)


def _nearly_known(place: str, known: Mapping[str, str]) -> bool:
    """Whether a letter less, more or other makes a province's name of it: Đắ Lắk."""
    plain = plain_key(place)
    return any(Levenshtein.distance(plain, name, score_cutoff=1) == 1 for name in known)


def _nearly(place: str, other: str) -> bool:
    """Whether two names are one, of which a letter or two were misread."""
    if not other:
        return False
    bare = Levenshtein.distance(plain_key(place), plain_key(other), score_cutoff=1)
    return bare <= 1 or Levenshtein.distance(key(place), key(other), score_cutoff=2) <= 2


def issuer_field(case: Case) -> Field | None:
    """The issuing body; accepted where the rules know it, or place or symbol bear it out."""
    found = case.issuer
    if found is None:
        return None
    doubts = []
    value = _with_places_accents(case, found)
    if value != found.value:
        doubts.append(ACCENTS_OF_PLACE)
    if not (found.known or _borne_out(case, found) or born_digital(case.text)):
        doubts.append(UNKNOWN_BODY)
        if case.unclear("issuer", found.words):
            doubts.append(UNCLEAR)
    if case.number is not None and _is_anothers(case, case.number, found.value):
        doubts.append(f"the number's symbol, {case.number.body}, is of another body")
    doubts += _existence_doubts(case, found)
    return decided(
        "issuer",
        value,
        case.found(found.words),
        rule="left column of the head" + (", accents put right" if found.repaired else ""),
        confidence=least(found.words),
        doubts=doubts,
    )


def _existence_doubts(case: Case, issuer: ReadIssuer) -> list[str]:
    """Whether the body, or the one above it, was there on the paper's day, where that is certain."""
    if case.date is None or case.date.value is None or case.date.doubts:
        return []
    why = (not_there(body, case.date.value, case.rules) for body in (issuer.value, issuer.above) if body)
    return [one for one in why if one is not None][:1]


def _with_places_accents(case: Case, issuer: ReadIssuer) -> str:
    """A committee's name with its place as the date line spells it, whose small italics are read apart."""
    place = _place(case)
    if not issuer.of_place or case.date is None or issuer.known or key(place) == key(issuer.of_place):
        return issuer.value
    if plain_key(place) != plain_key(issuer.of_place) or case.unclear("place", case.date.place):
        return issuer.value
    return issuer.value.removesuffix(issuer.of_place) + place.upper()


def _borne_out(case: Case, issuer: ReadIssuer) -> bool:
    """Whether the paper names the committee's place again, or the number's symbol has the body's letters."""
    if issuer.of_place and (key(issuer.of_place) == key(_place(case)) or _named_again(case, issuer)):
        return True
    number = case.number
    letters = number.body.split("-")[0] if number else ""
    return (
        bool(letters)
        and not issuer.of_place
        and stands_for(letters, case)
        and not case.unclear("issuer", issuer.words)
    )


def _is_anothers(case: Case, number: ReadNumber, issuer: str) -> bool:
    """Whether a number's body cannot be short for the issuer: its letters do not stand in the name, in their order.

    SYT under ỦY BAN NHÂN DÂN says that the line SỞ Y TẾ was not read. Only the symbols of administrative papers end
    with a body.
    """
    if not number.symbol and (case.kind is None or case.kind.layout != "letter"):
        return False
    first = number.body.split("-")[0].split("/")[0]
    if Levenshtein.distance(first, bodies_letters(issuer), score_cutoff=1) <= 1:
        return False
    letters = iter(letters_of(issuer))
    return not all(letter in letters for letter in letters_of(first))


def _named_again(case: Case, issuer: ReadIssuer) -> bool:
    """Whether the committee's place stands in the text too, in small print, whose accents are read apart."""
    below = case.head.bottom
    rows = (row for row in case.text.lines if row.box.y0 > below and not row.capitals)
    return any(says(row.text, issuer.of_place) for row in rows)
