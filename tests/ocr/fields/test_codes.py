"""Codes of dossiers, procedures, people and enterprises: all shapes are found, and no other digits."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.fields.codes import (
    citizen_id_doubts,
    find_business_codes,
    find_citizen_ids,
    find_dossier_codes,
    find_procedure_codes,
    identity_card,
    is_business_code,
    person_of,
    received_on,
)

TODAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    "code", ["000.00.16.H23-230712-0001", "H23.16-230712-0001", "G09.20-20260609-0092637", "H56.14-240823-0001"]
)
def test_all_shapes_of_dossier_codes_are_found(code: str) -> None:
    """Three shapes are in use at once; a paper of any of them must reach its dossier."""
    assert find_dossier_codes(f"Mã hồ sơ: {code}.") == (code,)


def test_a_code_broken_over_two_lines_is_one_code() -> None:
    """Receipts print it in a narrow column."""
    assert find_dossier_codes("000.00.12.H23-\n151112-1586") == ("000.00.12.H23-151112-1586",)


def test_a_file_name_in_small_letters_holds_its_code() -> None:
    """Scanners name files so."""
    assert find_dossier_codes("kho/h23.16-230712-0001_don.pdf") == ("H23.16-230712-0001",)


@pytest.mark.parametrize(
    "text", ["H23.16-231332-0001", "A1-230712-0001", "H23.16-230712-01", "x000.00.16.H23-230712-00012345"]
)
def test_what_only_looks_like_a_dossier_code_is_none(text: str) -> None:
    """A wrong code binds a paper to a stranger's dossier."""
    assert find_dossier_codes(text) == ()


@pytest.mark.parametrize("code", ["1.004199.000.00.00.H23", "2.000884.000.00.00.H55", "1.001612"])
def test_procedure_codes_are_found(code: str) -> None:
    """Long and short form."""
    assert find_procedure_codes(f"Mã thủ tục: {code};") == (code,)


def test_a_comma_read_for_a_point_is_a_point() -> None:
    """Engines take one for the other in long codes."""
    assert find_procedure_codes("2.000635.000.00,00.H23") == ("2.000635.000.00.00.H23",)


def test_money_is_no_procedure() -> None:
    """Sums have points too."""
    assert find_procedure_codes("85.432.000.000 đồng; 1.475,6 m2; 12.345.678") == ()


def test_a_personal_number_tells_its_owner() -> None:
    """Its digits are checked against the paper."""
    person = person_of("030188004512")
    assert person is not None
    assert (person.province, person.born, person.male) == ("030", 1988, False)


def test_doubts_name_what_does_not_fit() -> None:
    """A clerk must see why a number is held."""
    doubts = citizen_id_doubts("030188004512", provinces={"030"}, today=TODAY, born=1989, male=True)
    assert len(doubts) == 2
    assert citizen_id_doubts("030188004512", provinces={"030"}, today=TODAY, born=1988, male=False) == ()
    assert citizen_id_doubts("999188004512", provinces={"030"}, today=TODAY)


@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_a_changed_digit_of_an_enterprise_code_shows(nine: str) -> None:
    """The check digit is there for misread ones."""
    good = [code for digit in "0123456789" if is_business_code(code := f"{nine}{digit}")]
    assert len(good) <= 1
    for code in good:
        changed = f"{(int(code[0]) + 1) % 10}{code[1:]}"
        assert not is_business_code(changed)
        assert find_business_codes(f"MST: {code}") == (code,)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)), st.integers(0, 9999))
def test_every_dossier_code_that_can_be_issued_is_found(day: date, number: int) -> None:
    """Whatever the day and the running number."""
    for code in (
        f"H23.16-{day:%y%m%d}-{number:04}",
        f"000.00.16.H23-{day:%y%m%d}-{number:04}",
        f"G09-{day:%Y%m%d}-{number:07}",
    ):
        assert find_dossier_codes(f"({code})") == (code,)
    assert received_on(f"{day:%y%m%d}") == day


@given(st.text())
def test_no_text_breaks_the_finders(text: str) -> None:
    """Noise is read as anything."""
    for find in (find_dossier_codes, find_procedure_codes, find_citizen_ids, find_business_codes):
        assert all(isinstance(code, str) for code in find(text))
    identity_card(text)


def test_a_card_gives_its_owner_and_nothing_of_relatives() -> None:
    """Cards since 2024 hold parents' names and numbers, which must not get into records."""
    text = "040088001234|186000111|Phan Thị Hà|05091988|Nữ|Xóm 2, Nghệ An|01052021||Phan Văn Cha|040055000001"
    card = identity_card(text)
    assert card is not None
    assert (card.number, card.name, card.born, card.issued) == (
        "040088001234",
        "Phan Thị Hà",
        date(1988, 9, 5),
        date(2021, 5, 1),
    )
    assert "Cha" not in repr(card)
    assert "040055000001" not in repr(card)


@pytest.mark.parametrize(
    "text",
    ["000.00.12.H23-151112-1586", "a|b|c|d|e|f|g", "040088001234||12|1|1|1|1", "https://x.vn/?q=1|2|3|4|5|6|7"],
)
def test_other_codes_are_no_cards(text: str) -> None:
    """A receipt's code is none."""
    assert identity_card(text) is None
