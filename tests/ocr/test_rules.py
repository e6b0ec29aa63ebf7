"""Rules that a province edits: what is wrong is named with its place before the first page is read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ocr.errors import SetupError
from ocr.rules import Rules, load_rules

DELIVERED = Path(__file__).resolve().parents[2] / "configs"
FILES = ("document_types.yaml", "field_rules.yaml", "compounds.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rules that are delivered."""
    for name in FILES:
        shutil.copy(DELIVERED / name, tmp_path / name)
    return tmp_path


def _changed(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_delivered_rules_hold_the_29_types(rules: Rules) -> None:
    """NĐ 30/2020 names them; each must be told from the others."""
    codes = {kind.code for kind in rules.kinds}
    assert {
        "NQ",
        "QĐ",
        "CT",
        "QC",
        "QyĐ",
        "TC",
        "TB",
        "HD",
        "CTr",
        "KH",
        "PA",
        "ĐA",
        "DA",
        "BC",
        "BB",
        "TTr",
        "HĐ",
    } <= codes
    assert {"CV", "CĐ", "BGN", "BTT", "GUQ", "GM", "GGT", "GNP", "PG", "PC", "PB", "TCG"} <= codes


def test_a_province_adds_a_kind_without_code(folder: Path) -> None:
    """That is what the file is for."""
    file = folder / "document_types.yaml"
    file.write_text(
        file.read_text(encoding="utf-8")
        + "  - code: PTN\n    name: Phiếu thử nghiệm\n    headings: [PHIẾU THỬ NGHIỆM]\n",
        encoding="utf-8",
    )
    kind = load_rules(folder).kind("PTN")
    assert kind is not None
    assert kind.headings == ("PHIẾU THỬ NGHIỆM",)


@pytest.mark.parametrize(
    ("name", "old", "new", "named"),
    [
        ("document_types.yaml", "code: NQ", "code: QĐ", "two kinds have the code QĐ"),
        ("document_types.yaml", "subject: title", "subject: middle", "kinds.0.subject"),
        ("document_types.yaml", "name: Nghị quyết", "nam: Nghị quyết", "kinds.0"),
        ("document_types.yaml", "'\\d{1,5}/\\d{4}'", "'(\\d+)+/'", "repeats a repetition"),
        ("document_types.yaml", "'\\d{1,5}/\\d{4}'", "'(\\d'", "no regular expression"),
        ("field_rules.yaml", "subject: 0.93", "subject: 9.3", "acceptance.tesseract.subject"),
        ("field_rules.yaml", "acceptance:", "acceptance: [", "is not YAML"),
        ("compounds.yaml", "ban hành", "ban hành luật", "compounds"),
    ],
)
def test_a_mistake_is_named_with_its_place(folder: Path, name: str, old: str, new: str, named: str) -> None:
    """A clerk who edits YAML needs the line, not a traceback."""
    _changed(folder / name, old, new)
    with pytest.raises(SetupError, match=r"(?s).*" + named.replace(".", r"\.")) as raised:
        load_rules(folder)
    assert name in str(raised.value)


def test_a_missing_file_says_how_to_get_it_back(tmp_path: Path) -> None:
    """Somebody pointed the settings at the wrong folder."""
    with pytest.raises(SetupError, match=r"document_types\.yaml"):
        load_rules(tmp_path)


def test_an_engine_without_thresholds_is_held_to_the_strictest(rules: Rules) -> None:
    """Nobody has measured it."""
    fields = rules.fields
    assert fields.least_confidence("some engine", "subject") == fields.acceptance["default"]["subject"]
    assert fields.least_confidence("tesseract", "subject") <= fields.least_confidence("some engine", "subject")
