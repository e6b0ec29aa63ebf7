"""Letters, accents and syllables: one form of each word, whoever typed, printed or misread it."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import vietnamese
from ocr.vietnamese import is_capitals, is_in_use, is_syllable, key, name_case, one_form, plain_key, without_accents


@pytest.mark.parametrize(("one", "other"), [("hoá", "hóa"), ("Uỷ ban", "ủy  ban"), ("QUYẾT ĐỊNH", "quyết định")])
def test_old_and_new_tone_places_are_one_word(one: str, other: str) -> None:
    """Else papers of 1999 would not be found beside those of 2024."""
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("đến", "đen"), ("Võ", "vợ"), ("bổ", "bố")])
def test_other_accents_are_other_words(one: str, other: str) -> None:
    """A wrong accent in a name is a wrong name."""
    assert key(one) != key(other)
    assert plain_key(one) in (plain_key(other), "đen", "den")


def test_an_icelandic_eth_is_a_vietnamese_d_with_stroke() -> None:
    """Old fonts print it, and searches for the right letter would miss it."""
    assert one_form("QUYẾT ÐỊNH") == "QUYẾT ĐỊNH"


@pytest.mark.parametrize("word", ["Nguyễn", "Quyền", "Duẩn", "Nghĩa", "giấy", "khuya", "Ngoằn"])
def test_syllables_are_syllables(word: str) -> None:
    """A name must not be held because its syllable is rare."""
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["Đưàn", "ñgô", "xyz", "Lee", "Hoc", "a1", ""])
def test_misread_syllables_are_none(word: str) -> None:
    """They are how a misread name is told."""
    assert not is_syllable(word)


def test_syllables_that_no_word_has_are_told() -> None:
    """`buỗi` looks like a syllable, and would be filed as a subject's word."""
    assert [word for word in ("buỗi", "đển", "quyêt", "dpi") if is_in_use(word)] == []
    both_spellings = ("buổi", "đến", "bác", "sỹ", "sĩ", "quy", "qui", "ủy", "uỷ", "hóa", "hoá", "khuya")
    assert all(is_in_use(word) for word in both_spellings)


def test_without_the_dictionary_every_syllable_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where it is not installed nothing is changed or held for want of it."""
    monkeypatch.setattr(vietnamese, "_syllables_in_use", vietnamese._syllables_in_use.__wrapped__)
    monkeypatch.setattr(vietnamese, "SPELLING", tmp_path / "none.dic")
    assert is_in_use("buỗi")
    assert not is_in_use("dpi")


def test_names_in_capitals_become_names() -> None:
    """Records hold names one way, so that one person is found once."""
    assert name_case("PHẠM BÁ TUẤN") == "Phạm Bá Tuấn"
    assert name_case("Lê Thị Hà") == "Lê Thị Hà"


def test_one_small_letter_in_a_heading_is_a_misreading() -> None:
    """Bold headings come back with one."""
    assert is_capitals("QUYếT ĐỊNH")
    assert not is_capitals("Quyết định")


@given(st.text())
def test_folding_any_text_ends_and_is_stable(text: str) -> None:
    """Whatever a scanner's noise is read as, the fields must come out."""
    assert plain_key(plain_key(text)) == plain_key(text)
    assert one_form(one_form(text)) == one_form(text)
    assert not any(unicodedata.combining(letter) for letter in without_accents(text))
