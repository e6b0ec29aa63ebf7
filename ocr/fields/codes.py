"""Codes: dossiers, procedures, personal numbers, enterprises. Each has a shape, most have something to check.

Every pattern is linear: each repetition is bounded and nothing that follows it can be matched by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from ocr.vietnamese import one_form

CARD_PARTS = 7  # of an identity card's QR code that speak of its owner
LONGEST_TEXT = 200_000  # characters that are searched; a page has some 4,000

_BLANKS = re.compile(r"\s+")
_AROUND_HYPHEN = re.compile(r" ?- ?")
#: Old agency code (QCVN 102:2016) or new one (QĐ 20/2020/QĐ-TTg), date of receipt, running number.
_DOSSIER = re.compile(
    r"(?<![A-Z0-9.])"
    r"(?P<agency>\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}|[A-Y]\d{2}(?:\.[A-Z0-9]{1,6}){0,6})"
    r"-(?P<date>\d{8}|\d{6})-(?P<number>\d{4,7})(?![A-Z0-9])"
)
_COMMA_FOR_POINT = re.compile(r"(?<=[.,]00),(?=00|[A-Y]\d)|(?<=\d{6}),(?=000)|(?<=[.,]000),(?=00)")
_PROCEDURE = re.compile(r"(?<![0-9.])[1-3]\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2})?(?![0-9])(?!\.\d)")
_CITIZEN = re.compile(r"(?<!\d)0\d{11}(?!\d)")
_BUSINESS = re.compile(r"(?<!\d)\d{10}(?:-\d{3})?(?!\d)")
_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)  # Thông tư 105/2020/TT-BTC, điều 5; as software implements it

#: Letters that print and scanners make of digits.
_DIGITS = str.maketrans({"O": "0", "o": "0", "Ø": "0", "Q": "0", "I": "1", "l": "1", "|": "1", "S": "5", "B": "8"})


def find_dossier_codes(text: str) -> tuple[str, ...]:
    """All dossier codes in a text, in order, each once: a page, a path name or what a QR code says.

    Blanks around hyphens (a code broken over two lines) and small letters (file names) do not matter. A code whose
    date of receipt is no date is none.
    """
    flat = _AROUND_HYPHEN.sub("-", _BLANKS.sub(" ", one_form(text[:LONGEST_TEXT]))).upper()
    found = (match for match in _DOSSIER.finditer(flat) if received_on(match["date"]) is not None)
    return tuple(dict.fromkeys(match[0] for match in found))


def received_on(digits: str) -> date | None:
    """The date in a dossier code, `YYMMDD` or `YYYYMMDD`; None where there is no such day."""
    full = digits if len(digits) == 8 else f"20{digits}"
    if len(full) != 8 or not full.isdecimal():
        return None
    try:
        return date(int(full[:4]), int(full[4:6]), int(full[6:]))
    except ValueError:
        return None


def find_procedure_codes(text: str) -> tuple[str, ...]:
    """All codes of administrative procedures in a text, in order, each once: `1.004199.000.00.00.H23`, `1.001612`."""
    flat = _BLANKS.sub(" ", one_form(text[:LONGEST_TEXT])).upper()
    flat = _COMMA_FOR_POINT.sub(".", flat)  # no number has a comma between zeros: a point was misread
    return tuple(dict.fromkeys(match[0] for match in _PROCEDURE.finditer(flat)))


def find_citizen_ids(text: str) -> tuple[str, ...]:
    """All runs of 12 digits that can be a personal number, in order, each once."""
    return tuple(dict.fromkeys(match[0] for match in _CITIZEN.finditer(text[:LONGEST_TEXT])))


def find_business_codes(text: str) -> tuple[str, ...]:
    """All enterprise or tax codes whose check digit is right, in order, each once."""
    flat = one_form(text[:LONGEST_TEXT])
    found = (match[0] for match in _BUSINESS.finditer(flat))
    return tuple(dict.fromkeys(code for code in found if is_business_code(code)))


def is_business_code(code: str) -> bool:
    """Whether the tenth digit is the check digit of the nine before it, and a branch is not 000."""
    digits = code.replace("-", "")
    if not digits.isdecimal() or len(digits) not in (10, 13) or digits[10:] == "000":
        return False
    check = 10 - sum(int(digit) * weight for digit, weight in zip(digits, _TAX_WEIGHTS, strict=False)) % 11
    return check == int(digits[9])


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a personal number says of its owner (12 digits: province, century and sex, year, running number)."""

    province: str  #: three digits
    born: int  #: year
    male: bool


def person_of(citizen_id: str) -> Person | None:
    """Read a personal number; None where it is not 12 digits."""
    if len(citizen_id) != 12 or not citizen_id.isdecimal():
        return None
    century = int(citizen_id[3])
    born = 1900 + 100 * (century // 2) + int(citizen_id[4:6])
    return Person(province=citizen_id[:3], born=born, male=century % 2 == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCard:
    """What the QR code of an identity card says of its owner."""

    number: str  #: 12 digits
    name: str
    born: date | None
    sex: str  #: as printed: Nam, Nữ
    address: str
    issued: date | None


def identity_card(text: str) -> IdentityCard | None:
    """Read the QR code of a card: `number|old number|name|ddMMyyyy|sex|address|ddMMyyyy|…`; None where it is another.

    Cards since July 2024 go on with the owner's relatives; those parts are never looked at.
    """
    parts = one_form(text[:LONGEST_TEXT]).split("|", CARD_PARTS)[:CARD_PARTS]
    if len(parts) < CARD_PARTS or not _CITIZEN.fullmatch(parts[0]) or not (parts[1] == "" or parts[1].isdecimal()):
        return None
    name = " ".join(parts[2].split())
    if not name or not all(word.isalpha() for word in name.split()):
        return None
    return IdentityCard(
        number=parts[0],
        name=name,
        born=_day(parts[3]),
        sex=parts[4].strip(),
        address=" ".join(parts[5].split()),
        issued=_day(parts[6]),
    )


def _day(digits: str) -> date | None:
    """`ddMMyyyy` as a date, None where it is none."""
    if len(digits) != 8 or not digits.isdecimal():
        return None
    try:
        return date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None


def citizen_id_doubts(
    citizen_id: str, *, provinces: Collection[str], today: date, born: int | None = None, male: bool | None = None
) -> tuple[str, ...]:
    """What speaks against a personal number, for people; empty where it agrees with all that is known.

    born, male: what the paper itself says of the same person, None where it says nothing.
    """
    person = person_of(citizen_id)
    if person is None:
        return ("not 12 digits",)
    doubts = []
    if person.province not in provinces:
        doubts.append(f"{person.province} is no province's code")
    if not 1890 <= person.born <= today.year:
        doubts.append(f"its owner would be born in {person.born}")
    if born is not None and born != person.born:
        doubts.append(f"it says born in {person.born}, the paper {born}")
    if male is not None and male != person.male:
        doubts.append("its sex is not the one on the paper")
    return tuple(doubts)


def digits_repaired(text: str) -> str:
    """Letters that are read for digits made digits again; whoever uses it must say so and lower the confidence."""
    return text.translate(_DIGITS)
