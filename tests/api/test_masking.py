"""What is hidden, and what only looks like it."""

from __future__ import annotations

import pytest

from api.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Số CCCD: 001085012345.", "Số CCCD: *********345."),
        ("CMND 012345678 cấp ngày", "CMND ******678 cấp ngày"),
        ("001 085 012 345", "*** *** *** 345"),
        ("001.085.012.345", "***.***.***.345"),
        ("012 345 678", "*** *** 678"),
        ("(001085012345)", "(*********345)"),
    ],
)
def test_personal_numbers_are_hidden_however_they_are_written(text: str, shown: str) -> None:
    """A blank in the middle would give a citizen's number away."""
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Điện thoại 0912345678",
        "150.000.000 đồng",
        "Mã số thuế 0101234567",
        "Số 12/QĐ-UBND ngày 12/07/2023",
        "1.004199.000.00.00.H23",
        "H23.16-20230712-0001",
        "0010850123456",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    """Sums and codes that are hidden make the text useless."""
    assert masked(text) == text
