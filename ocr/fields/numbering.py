"""Reads numbers of papers: `12/QĐ-UBND`, `5/2024/QĐ-UBND`, a letter's `34/SNV-TCBC`, `15/1999/QĐ/UB`, `7-NQ/TU`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from ocr.fields.codes import digits_repaired
from ocr.rules import KindRule, Rules
from ocr.vietnamese import one_form, without_accents

LONGEST = 60  # characters of a number with its symbol (TT 01/2023's own table)
LOOKED_AT = 200  # characters behind a label

_DIGITS = r"(?P<digits>[0-9OoIlSB|Ø]{1,6}[a-z]?)"
#: NĐ 30/2020, điều 15 and phụ lục III; older ones have a point or a stroke for the hyphen.
_NUMBER = re.compile(rf"^{_DIGITS}/(?:(?P<year>(?:19|20)\d{{2}})/)?(?P<symbol>[^/\d].{{0,40}})$")
_PARTY = re.compile(r"^(?P<digits>\d{1,6})-(?P<type>[A-ZĐ][A-ZĐa-z]{0,4})/(?P<body>[A-ZĐ][A-ZĐa-z&]{0,11})$")
_BEFORE_1993 = re.compile(r"^(?P<digits>\d{1,6})(?P<symbol>[A-ZĐ]{2,3}/[A-ZĐ][A-ZĐa-z&.-]{0,20})$")
_LETTERS = "A-ZĐa-zđƯƠÔÂÊĂ&.,0-9"
_SYMBOL = re.compile(rf"^[{_LETTERS}]{{1,14}}(?:[-/][{_LETTERS}]{{1,14}}){{0,4}}$")
_FIRST = re.compile(r"^(?P<first>[^-/.]{1,14})(?P<mark>[-/.])(?P<rest>.{1,60})$")
_EDGES = " .,;:'\"“”‘’*~_¹²³°"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number taken apart."""

    value: str  #: as printed, without blanks, accents of its letters put right
    symbol: str = ""  #: the type's letters, "" where there are none
    body: str = ""  #: letters of the body that issued it, and of its unit
    doubts: tuple[str, ...] = ()


def parse_number(text: str, kind: KindRule | None, rules: Rules) -> Number | None:
    """What stands behind a number's label; None where that can be no number.

    text: blanks may stand anywhere in it. kind: what the paper is; it settles which numbers it may have, and a letter
    of the type's that was misread. Where only the symbol can be read, the value begins with what digits there were.
    """
    tight = re.sub(r"\s+", "", one_form(text[:LOOKED_AT])).strip(_EDGES)[:LONGEST]
    for pattern in kind.numbers if kind else ():
        if re.fullmatch(pattern, tight):
            return _of_kind(tight, rules, kind)
    repaired = _one_digit_repaired(tight, kind) if kind else None
    if repaired is not None:
        return replace(_of_kind(repaired, rules, kind), doubts=("a letter among its digits",))
    match = _NUMBER.match(tight)
    if match is not None:
        return _usual(match, rules, kind)
    if (match := _PARTY.match(tight)) is not None:
        symbol, _ = _typed(match["type"], rules, kind)
        return Number(value=f"{match['digits']}-{symbol or match['type']}/{match['body']}", symbol=symbol)
    if (match := _BEFORE_1993.match(tight)) is not None:
        spelt, symbol, body = _symbol(match["symbol"], rules, kind)
        return Number(value=f"{match['digits']}{spelt}", symbol=symbol, body=body) if symbol else None
    return _without_digits(tight, rules, kind)


def _one_digit_repaired(tight: str, kind: KindRule) -> str | None:
    """A number of the kind's own shapes after one letter was made the digit that it was read for."""
    for at, letter in enumerate(tight):
        digit = digits_repaired(letter)
        if digit == letter:
            continue
        tried = f"{tight[:at]}{digit}{tight[at + 1 :]}"
        if any(re.fullmatch(pattern, tried) for pattern in kind.numbers):
            return tried
    return None


def _of_kind(tight: str, rules: Rules, kind: KindRule | None) -> Number:
    after = tight.rpartition("/")[2] if "/" in tight else ""
    if not after or after.isdecimal():
        return Number(value=tight)
    _, symbol, body = _symbol(after, rules, kind)
    return Number(value=tight, symbol=symbol, body=body)


def _usual(match: re.Match[str], rules: Rules, kind: KindRule | None) -> Number:
    doubts = []
    digits = match["digits"]
    bare = digits[:-1] if digits[-1].islower() and digits[-1] not in "ol" else digits
    if not bare.isdecimal():
        digits = digits_repaired(digits)
        doubts.append("letters among its digits")
    printed = match["symbol"].strip(_EDGES)
    if not _SYMBOL.match(printed):
        doubts.append("its symbol has strange letters")
    spelt, symbol, body = _symbol(printed, rules, kind)
    year = f"{match['year']}/" if match["year"] else ""
    return Number(value=f"{digits}/{year}{spelt}", symbol=symbol, body=body, doubts=tuple(doubts))


def _without_digits(tight: str, rules: Rules, kind: KindRule | None) -> Number | None:
    """A symbol whose digits were not read, as hand-written ones are not: the best that can be shown to a person."""
    before, slash, after = tight.partition("/")
    after = after.strip(_EDGES)
    if not slash or not _SYMBOL.match(after) or not any(letter.isupper() for letter in after):
        return None
    spelt, symbol, body = _symbol(after, rules, kind)
    digits = re.sub(r"\D", "", digits_repaired(before))[:6]
    return Number(value=f"{digits}/{spelt}", symbol=symbol, body=body, doubts=("its digits cannot be read",))


def _symbol(text: str, rules: Rules, kind: KindRule | None) -> tuple[str, str, str]:
    """A symbol spelt as the rules spell it, its type's letters, its body's; the type is "" for a letter."""
    match = _FIRST.match(text)
    if match is None:
        symbol, known = _typed(text, rules, None)
        return (symbol, symbol, "") if known else (text, "", text)
    symbol, known = _typed(match["first"], rules, kind)
    rest = "-".join(_body(part, rules) for part in match["rest"].split("-"))
    if known:
        return f"{symbol}{match['mark']}{rest}", symbol, rest
    whole = f"{_body(match['first'], rules)}{match['mark']}{rest}"
    return whole, "", whole


def _typed(letters: str, rules: Rules, kind: KindRule | None) -> tuple[str, bool]:
    """A type's letters in the rules' spelling, and whether they are one's."""
    plain = without_accents(letters).casefold()
    if kind is not None and kind.symbol:
        wanted = without_accents(kind.symbol).casefold()
        if plain == wanted or (len(wanted) > 1 and Levenshtein.distance(plain, wanted, score_cutoff=1) <= 1):
            return kind.symbol, True
    symbols = [one.symbol for one in rules.kinds if one.symbol]
    if letters in symbols:
        return letters, True
    found = next((symbol for symbol in symbols if without_accents(symbol).casefold() == plain), None)
    return (found, True) if found else (letters, False)


def _body(part: str, rules: Rules) -> str:
    """A body's short name with its accents as the rules spell it: HDND → HĐND."""
    plain = without_accents(part).casefold()
    shorts = rules.fields.head.short_names
    return next((short for short in shorts if without_accents(short).casefold() == plain), part)
