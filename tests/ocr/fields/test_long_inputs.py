"""No text makes a pattern run long: what is read from paper comes from outside, and a page must not stop a batch."""

from __future__ import annotations

import re
from datetime import date

import pytest

from ocr.fields.codes import (
    find_business_codes,
    find_citizen_ids,
    find_dossier_codes,
    find_procedure_codes,
    identity_card,
)
from ocr.fields.dates import date_in
from ocr.fields.marks import find_mark
from ocr.fields.numbering import parse_number
from ocr.fields.rows import text_of
from ocr.fields.signer import block_on, find_name, name_doubts
from ocr.papers import read_papers
from ocr.rules import Rules
from ocr.vietnamese import is_syllable, key, name_case, plain_key
from tests.ocr.made_pages import page, printed

LENGTH = 200_000
PATTERNS = [
    "0",
    "1.",
    "-",
    "/",
    " ",
    "0 ",
    "a",
    "A.",
    "H23.",
    "H23.16-",
    "000.",
    "0-0/",
    "ngày ",
    "Số: ",
    "ư",
    "SỞ ",
    "KT. ",
    "|",
    "1|",
    "\u0301",
    "QĐ-",
]


def _long(unit: str) -> str:
    return (unit * LENGTH)[:LENGTH]


@pytest.mark.parametrize("unit", PATTERNS)
def test_finders_end_on_long_repetitions(rules: Rules, unit: str) -> None:
    """Each is the start of something that a pattern looks for, over and over."""
    text = _long(unit)
    for find in (
        find_dossier_codes,
        find_procedure_codes,
        find_citizen_ids,
        find_business_codes,
        identity_card,
        key,
        plain_key,
        is_syllable,
        name_case,
    ):
        find(text)
    for kind in (None, *rules.kinds):
        parse_number(text, kind, rules)
    name_doubts([text], rules)


@pytest.mark.parametrize("unit", PATTERNS)
def test_a_page_of_one_long_line_ends(rules: Rules, unit: str) -> None:
    """Noise comes as one line of a thousand words, or as one word."""
    words = " ".join((unit.strip() or "x") for _ in range(1000))
    made = page(printed(words, 0.1, x=0.1), printed(_long(unit.strip() or "x")[:20_000], 0.2, x=0.1))
    read_papers([made], rules, one_paper=False)
    text = text_of(made)
    for row in text.lines:
        date_in(row, text, today=date(2026, 1, 1))
    find_mark(text, rules.fields.marks.urgency)
    block = block_on(text, rules)
    if block is not None:
        find_name(block, rules, None)


def test_patterns_of_the_rules_end_on_long_repetitions(rules: Rules) -> None:
    """A province's own pattern is held to the same."""
    for kind in rules.kinds:
        for pattern in kind.numbers:
            for unit in PATTERNS:
                re.fullmatch(pattern, _long(unit))
