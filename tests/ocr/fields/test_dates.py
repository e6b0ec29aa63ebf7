"""Date lines: the day, month and year that are printed, and nothing that was written by hand taken for sure."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.fields.dates import ReadDate, date_behind_label, date_in
from ocr.fields.rows import text_of
from tests.ocr.made_pages import born_digital, page, printed

TODAY = date(2026, 1, 1)


def _read(*parts: object, digital: bool = False) -> ReadDate | None:
    made = page(parts if len(parts) > 1 else parts[0])  # type: ignore[arg-type]
    text = text_of(born_digital(made) if digital else made)
    return date_in(text.lines[0], text, today=TODAY)


def test_a_printed_date_is_read_with_its_place() -> None:
    """The commonest line of all papers."""
    found = _read(printed("Bà Rịa - Vũng Tàu, ngày 05 tháng 6 năm 2023", 0.1, x=0.5))
    assert found is not None
    assert (found.value, found.doubts) == (date(2023, 6, 5), ())
    assert " ".join(word.text for word in found.place) == "Bà Rịa - Vũng Tàu,"


def test_a_place_that_sounds_like_a_day_is_a_place() -> None:
    """`Ngãi` is one letter off `ngày`."""
    found = _read(printed("Quảng Ngãi, ngày 05 tháng 6 năm 2023", 0.1, x=0.5))
    assert found is not None
    assert [word.text for word in found.place] == ["Quảng", "Ngãi,"]


@pytest.mark.parametrize("day", ["16", "Ø3", "†", "3|"])
def test_a_day_written_by_hand_is_doubted_even_where_it_is_right(day: str) -> None:
    """Engines misread them five times out of six, and the sixth cannot be told."""
    found = _read(
        printed("Vinh, ngày", 0.1, x=0.5),
        printed(day, 0.1, x=0.6, written=True),
        printed("tháng 02 năm 2025", 0.1, x=0.65),
    )
    assert found is not None
    assert found.doubts


def test_a_born_digital_day_is_not_written_by_hand() -> None:
    """Its letters are the file's own, wherever they stand."""
    parts = [
        printed("Vinh, ngày", 0.1, x=0.5),
        printed("16", 0.1, x=0.6, written=True),
        printed("tháng 02 năm 2025", 0.1, x=0.65),
    ]
    found = _read(*parts, digital=True)
    assert found is not None
    assert (found.value, found.doubts) == (date(2025, 2, 16), ())


@pytest.mark.parametrize(
    "line",
    [
        "ngày 31 tháng 02 năm 2020",
        "ngày 01 tháng 13 năm 2020",
        "ngày 01 tháng 5 năm 2031",
        "ngày O1 tháng 5 năm 2020",
    ],
)
def test_days_that_cannot_be_are_doubted(line: str) -> None:
    """No such day, no such month, a day to come, a letter for a digit."""
    found = _read(printed(line, 0.1, x=0.5))
    assert found is not None
    assert found.doubts


def test_running_text_is_no_date_line() -> None:
    """It would make the law's date the paper's."""
    assert _read(printed("Căn cứ Luật số 12 và Nghị định của Chính phủ", 0.1, x=0.1)) is None


def test_a_register_s_date_stands_behind_its_label() -> None:
    """Marriage certificates have no date line."""
    text = text_of(page(printed("Ngày, tháng, năm đăng ký: 12/5/2021", 0.3, x=0.1)))
    found = date_behind_label(text, ["Ngày, tháng, năm đăng ký"], today=TODAY)
    assert found is not None
    assert (found.value, found.doubts) == (date(2021, 5, 12), ())


@given(
    st.dates(min_value=date(1946, 1, 1), max_value=date(2025, 12, 31)),
    st.sampled_from(["Huế", "Gia Lai", "TP. Hồ Chí Minh"]),
)
def test_every_day_that_was_is_read(day: date, place: str) -> None:
    """With and without leading zeros."""
    found = _read(printed(f"{place}, ngày {day.day:02} tháng {day.month} năm {day.year}", 0.1, x=0.45))
    assert found is not None
    assert (found.value, found.doubts) == (day, ())


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Zs", "Cc", "Cs"]), min_size=1, max_size=12),
        min_size=1,
        max_size=12,
    )
)
def test_no_words_break_the_parser(words: list[str]) -> None:
    """Noise is read as anything."""
    made = text_of(page(printed(" ".join(["ngày", *words, "tháng", *words[:2], "năm", words[-1]]), 0.1, x=0.1)))
    for row in made.lines:
        date_in(row, made, today=TODAY)


def test_a_month_glued_to_the_next_word_is_read() -> None:
    """Blanks get lost in italics."""
    found = _read(printed("Ninh Giang, ngày 14 tháng 6năm 2018", 0.1, x=0.45))
    assert found is not None
    assert found.value == date(2018, 6, 14)
