"""Numbers and symbols of papers, in the forms of six decades."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.fields.numbering import parse_number
from ocr.rules import Rules


@pytest.mark.parametrize(
    ("text", "value", "symbol", "body"),
    [
        ("2911/QĐ-UBND", "2911/QĐ-UBND", "QĐ", "UBND"),
        ("24 /TTr -UBND", "24/TTr-UBND", "TTr", "UBND"),
        ("12/2018/QĐ-UBND", "12/2018/QĐ-UBND", "QĐ", "UBND"),
        ("12/2021/QD-UBND.", "12/2021/QĐ-UBND", "QĐ", "UBND"),
        ("15/1999/QĐ-UB", "15/1999/QĐ-UB", "QĐ", "UB"),
        ("45 QĐ/UB", "45QĐ/UB", "QĐ", "UB"),
        ("15-NQ/TU", "15-NQ/TU", "NQ", ""),
        ("1777/UBND-VX", "1777/UBND-VX", "", "UBND-VX"),
        ("686/STTTT-CNTT&BCVT", "686/STTTT-CNTT&BCVT", "", "STTTT-CNTT&BCVT"),
        ("22/2022/NQ-HDND", "22/2022/NQ-HĐND", "NQ", "HĐND"),
        ("86/QĐ-CT", "86/QĐ-CT", "QĐ", "CT"),
        ("12a/TB-SYT", "12a/TB-SYT", "TB", "SYT"),
    ],
)
def test_numbers_are_taken_apart(rules: Rules, text: str, value: str, symbol: str, body: str) -> None:
    """Records are found by number; blanks and lost accents must not make two of one."""
    number = parse_number(text, None, rules)
    assert number is not None
    assert (number.value, number.symbol, number.body, number.doubts) == (value, symbol, body, ())


@pytest.mark.parametrize(
    ("code", "text"), [("KS", "321/2023"), ("HKD", "04.D.8063443"), ("GP", "482/GPXD"), ("QSDĐ", "AB 12345678")]
)
def test_numbers_that_only_one_kind_has(rules: Rules, code: str, text: str) -> None:
    """A register's number is none on a decision."""
    number = parse_number(text, rules.kind(code), rules)
    assert number is not None
    assert number.value == text.replace(" ", "")
    assert parse_number(text, rules.kind("TB"), rules) is None or code == "GP"


def test_letters_among_digits_are_repaired_and_doubted(rules: Rules) -> None:
    """O for 0 is likely; that a person looks is sure."""
    number = parse_number("1O4/TB-SXD", rules.kind("TB"), rules)
    assert number is not None
    assert number.value == "104/TB-SXD"
    assert number.doubts


def test_a_symbol_without_digits_is_shown_and_doubted(rules: Rules) -> None:
    """Hand-written digits are lost; the symbol still helps the clerk."""
    number = parse_number("đ@ /CT-UBND", rules.kind("CT"), rules)
    assert number is not None
    assert number.value == "/CT-UBND"
    assert number.doubts


def test_the_title_settles_a_misread_type(rules: Rules) -> None:
    """QĐĐ on a decision is QĐ."""
    number = parse_number("237/QĐĐ-UBND", rules.kind("QĐ"), rules)
    assert number is not None
    assert (number.value, number.symbol) == ("237/QĐ-UBND", "QĐ")


@pytest.mark.parametrize("text", ["", "lượng hồ sơ: 01", "2770", "12 tháng 5", "____", "0982 123 456"])
def test_what_is_no_number_is_none(rules: Rules, text: str) -> None:
    """An incoming stamp's running number is not the paper's."""
    assert parse_number(text, None, rules) is None


@given(
    st.integers(1, 999999),
    st.sampled_from(["QĐ", "TTr", "TB", "CTr", "QyĐ", "NQ"]),
    st.from_regex(r"[A-ZĐ]{2,6}", fullmatch=True),
    st.lists(st.integers(0, 30), max_size=4),
)
def test_every_number_survives_blanks(rules: Rules, count: int, symbol: str, body: str, places: list[int]) -> None:
    """Engines put blanks anywhere."""
    whole = f"{count}/{symbol}-{body}"
    torn = whole
    for place in places:
        torn = f"{torn[:place]} {torn[place:]}"
    number = parse_number(torn, None, rules)
    assert number is not None
    assert number.value == whole
    assert number.symbol == symbol


@given(st.text(max_size=400), st.sampled_from([None, "QĐ", "KS", "GP", "CV", "HKD"]))
def test_no_text_breaks_the_parser(rules: Rules, text: str, code: str | None) -> None:
    """Noise is read as anything."""
    number = parse_number(text, rules.kind(code), rules)
    assert number is None or " " not in number.value


def test_a_letter_in_a_register_s_number_is_repaired_and_doubted(rules: Rules) -> None:
    """B for 8, in a number that has letters of its own."""
    number = parse_number("04.E.B022092", rules.kind("HKD"), rules)
    assert number is not None
    assert (number.value, bool(number.doubts)) == ("04.E.8022092", True)
