"""Number and place stand side by side in the head; one must not swallow the other in silence."""

from __future__ import annotations

import pytest

from ocr.fields.judging.heads import swallowed_a_word


@pytest.mark.parametrize("body", ["UBND-THGia", "UBNDHải", "STC-QLNSLộc"])
def test_a_symbol_that_ends_like_a_word_is_doubted(body: str):
    """783/UBND-THGia is no number: filed under it, nobody would find the letter 783/UBND-TH again."""
    assert swallowed_a_word(body)


@pytest.mark.parametrize("body", ["UBND-KGVX", "SGDĐT-CTrTT", "TTg", "STTTT-CNTT&BCVT", "", "HĐND"])
def test_symbols_with_single_small_letters_are_not(body: str):
    """TTr and CTr are the law's own abbreviations; doubting them would send every paper to a person."""
    assert not swallowed_a_word(body)
