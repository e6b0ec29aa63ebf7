"""Accents that were misread in a subject are put right by the paper and by the language, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ocr.fields.consensus import agreed
from ocr.fields.rows import Text, text_of
from ocr.page import Word
from ocr.rules import Rules
from tests.ocr.made_pages import page, printed


def _words(text: str, confidence: float = 0.8) -> Sequence[Word]:
    return text_of(page(printed(text, 0.1, x=0.1, confidence=confidence))).lines[0].words


def _said(*lines: str) -> list[Text]:
    return [text_of(page(*[printed(line, 0.2 + 0.02 * row, x=0.1) for row, line in enumerate(lines)]))]


def test_the_paper_s_own_text_outvotes_its_title() -> None:
    """It says the same words again in clearer print."""
    result = agreed(
        _words("Về việc đặt têm đường phố"), _said("việc đặt tên đường phố", "các đường phố được đặt tên"), ()
    )
    assert result.text == "Về việc đặt têm đường phố"  # another letter, not another accent
    result = agreed(_words("Về việc trồng cấy xanh"), _said("việc trồng cây xanh", "trồng cây xanh tại xã"), ())
    assert result.text == "Về việc trồng cây xanh"
    assert result.changed == ("cấy",)


def test_one_voice_does_not_outvote_a_clear_reading() -> None:
    """The text is misread as well as the title."""
    assert not agreed(_words("trồng cây xanh", 0.96), _said("trồng cấy xanh"), ()).changed


@pytest.mark.parametrize(
    ("read", "right"),
    [
        ("thuộc thấm quyền giải quyêt", "thuộc thẩm quyền giải quyết"),
        ("SỬA ĐỒI, BỒ SUNG", "SỬA ĐỔI, BỔ SUNG"),
        ("Tông kết năm", "Tổng kết năm"),
    ],
)
def test_compounds_of_the_language_are_known(rules: Rules, read: str, right: str) -> None:
    """Where the paper is silent."""
    assert agreed(_words(read), (), rules.compounds).text == right


@pytest.mark.parametrize("text", ["đầy đủ, toàn vẹn", "ông Trần Bổ Nhiêm", "12/QĐ-UBND", "thu hồi đất của hộ"])
def test_what_is_no_compound_is_left(rules: Rules, text: str) -> None:
    """Names, numbers and words that a comma parts."""
    assert agreed(_words(text), (), rules.compounds).text == text


def test_old_places_of_tones_are_left_as_printed(rules: Rules) -> None:
    """`xoá` is no misreading of `xóa`."""
    assert agreed(_words("hoà giải, uỷ ban"), (), rules.compounds).text == "hoà giải, uỷ ban"


def test_compounds_that_differ_in_accents_alone_settle_nothing() -> None:
    """`thuế đất` and `thuê đất` are both words."""
    assert agreed(_words("thuể đất"), (), ("thuế đất", "thuê đất")).text == "thuể đất"
