"""Bodies and the days on which they were there: before and after 2025-07-01, and what has nothing to do with it."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.errors import SetupError
from ocr.fields.existence import not_there
from ocr.rules import Rules, load_rules

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)
LONG_AGO = date(2023, 3, 9)


@pytest.fixture(scope="module")
def rules() -> Rules:
    """The rules that are delivered."""
    return load_rules(CONFIGS)


@pytest.mark.parametrize(
    ("body", "day", "said"),
    [
        ("ỦY BAN NHÂN DÂN TỈNH VĨNH PHÚC", AFTER, "until 2025-06-30"),
        ("UBND TỈNH BẾN TRE", AFTER, "until 2025-06-30"),
        ("SỞ TƯ PHÁP TỈNH NAM ĐỊNH", AFTER, "until 2025-06-30"),
        ("SỞ TƯ PHÁP NAM ĐỊNH", AFTER, "until 2025-06-30"),
        ("UỶ BAN NHÂN DÂN HUYỆN GIA LỘC", AFTER, "until 2025-06-30"),
        ("PHÒNG TƯ PHÁP QUẬN 3", AFTER, "until 2025-06-30"),
        ("ỦY BAN NHÂN DÂN ĐẶC KHU CÔ TÔ", BEFORE, "since 2025-07-01"),
        ("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", LONG_AGO, "since 2025-02-15"),
        ("SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG", AFTER, "until 2025-03-31"),
    ],
)
def test_a_body_of_other_days_is_told(rules: Rules, body: str, day: date, said: str) -> None:
    """The year is misread, or the letterhead is: either way the record would name a body that was not there."""
    assert said in str(not_there(body, day, rules))


@pytest.mark.parametrize(
    ("body", "day"),
    [
        ("ỦY BAN NHÂN DÂN TỈNH VĨNH PHÚC", BEFORE),
        ("ỦY BAN NHÂN DÂN HUYỆN GIA LỘC", BEFORE),
        ("ỦY BAN NHÂN DÂN ĐẶC KHU CÔ TÔ", AFTER),
        ("ỦY BAN NHÂN DÂN TỈNH PHÚ THỌ", AFTER),
        ("ỦY BAN NHÂN DÂN PHƯỜNG HẢI DƯƠNG", AFTER),  # wards have the names of towns that were there
        ("ỦY BAN NHÂN DÂN XÃ HÀ NAM", AFTER),
        ("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG TỈNH PHÚ THỌ", AFTER),
        ("SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG", LONG_AGO),
        ("CÔNG TY CỔ PHẦN HUYỆN ĐÔNG", AFTER),
        ("BỘ TƯ PHÁP", AFTER),
    ],
)
def test_a_body_of_its_days_is_not(rules: Rules, body: str, day: date) -> None:
    """A doubt that means nothing costs a clerk a look at every paper."""
    assert not_there(body, day, rules) is None


@settings(deadline=None)  # a busy machine is no fault
@given(body=st.text(max_size=120), day=st.dates())
def test_any_name_on_any_day_can_be_asked(body: str, day: date) -> None:
    """Names are what an engine made of a seal."""
    said = not_there(body, day, _delivered())
    assert said is None or str(day) in said


@cache
def _delivered() -> Rules:
    return load_rules(CONFIGS)


@pytest.mark.parametrize("days", ["", ", since: 2025-07-01, until: 2025-06-30"])
def test_an_entry_without_sense_is_told(tmp_path: Path, days: str) -> None:
    """A province mends its register by hand; a slip must not quietly doubt every paper."""
    for file in CONFIGS.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "agencies.yaml").write_text(f"bodies: [{{name: SỞ THỬ{days}}}]\n")
    with pytest.raises(SetupError, match=r"agencies\.yaml"):
        load_rules(tmp_path)
    (tmp_path / "agencies.yaml").unlink()
    assert load_rules(tmp_path).agencies.bodies == ()  # folders of before have no such file
