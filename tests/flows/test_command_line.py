"""What a person at the terminal meets: exit codes, words, help."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import ExitCode
from tests.flows import papers
from tests.flows.conftest import House


def test_a_path_that_does_not_exist_is_wrong_use(house: House, tmp_path: Path):
    """A typing error must not look like an empty archive."""
    ended = house.sohoa("digitise", tmp_path / "khong-co")
    assert ended.returncode == ExitCode.WRONG_USE
    assert "khong-co" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_without_scans_is_nothing_done(house: House, tmp_path: Path):
    """The scheduler must be able to tell 'nothing new' from 'all well' and from 'failed'."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ghi chú.txt").write_text("không phải bản quét")
    ended = house.sohoa("digitise", tmp_path / "in")
    assert ended.returncode == ExitCode.NOTHING_DONE
    assert "1 skipped as no scan" in ended.stdout


def test_searching_showing_and_exporting(house: House, tmp_path: Path):
    """A new user's first five minutes."""
    scan = papers.save(papers.decision(subject="cấp giấy phép môi trường"), tmp_path / "giấy.png")
    assert house.sohoa("digitise", scan).returncode == ExitCode.ALL_PUBLISHED
    for query in ("quyết định", "quyet dinh"):
        found = house.sohoa("search", query)
        assert found.returncode == ExitCode.ALL_PUBLISHED, found.stderr
        assert "(page 1)" in found.stdout
        assert "QUYẾT ĐỊNH" in found.stdout
    identity = house.sohoa("search", "quyet dinh").stdout.split()[0]
    shown = house.sohoa("show", identity[:8])
    assert "12/QĐ-UBND" in shown.stdout
    assert house.sohoa("export", identity, "--to", tmp_path / "ra").returncode == ExitCode.ALL_PUBLISHED
    assert (tmp_path / "ra" / "giấy.pdf").exists()
    assert house.sohoa("search", "không có chữ này đâu").returncode == ExitCode.NOTHING_DONE


def test_an_unknown_document_is_wrong_use(house: House):
    """The clerk mistyped an id: say so, in one line."""
    ended = house.sohoa("show", "ffff")
    assert ended.returncode == ExitCode.WRONG_USE
    assert "there is no such document" in ended.stderr


def test_the_doctor_finds_a_healthy_set_up_well(paired_house: House):
    """The first thing that an operator runs after installing."""
    ended = paired_house.sohoa("doctor")
    assert ended.returncode == ExitCode.ALL_PUBLISHED, ended.stdout + ended.stderr
    assert "all is well" in ended.stdout


def test_the_doctor_says_how_to_mend_what_is_not(house: House, tmp_path: Path):
    """Two faults at once: both are told, each with its way out."""
    (tmp_path / "empty").mkdir()
    ended = house.sohoa(
        "doctor",
        PATH=str(tmp_path / "empty"),
        SOHOA_STORE__URL="s3+http://127.0.0.1:9/sohoa",
        SOHOA_STORE__ACCESS_KEY="a",
        SOHOA_STORE__SECRET_KEY="b",
    )
    assert ended.returncode == ExitCode.SET_UP_BROKEN
    mend = [line for line in ended.stdout.splitlines() if line.startswith("MEND")]
    assert any("tesseract-ocr" in line for line in mend)
    assert any("127.0.0.1:9" in line for line in mend)


def test_half_a_stores_credentials_are_told(house: House):
    """The secret key was forgotten in the service's environment: name it, without a traceback."""
    ended = house.sohoa("doctor", SOHOA_STORE__URL="s3+http://127.0.0.1:9/sohoa", SOHOA_STORE__ACCESS_KEY="a")
    assert ended.returncode == ExitCode.SET_UP_BROKEN
    assert "SOHOA_STORE__SECRET_KEY" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("wrong", ["run:\n  workers: many\n", "no_such_setting: 1\n"])
def test_a_wrong_setting_is_a_broken_set_up(house: House, tmp_path: Path, wrong: str):
    """The province's YAML has a slip: the file and the value are named."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "sohoa.yaml").write_text(wrong)
    ended = house.sohoa("doctor", SOHOA_CONFIG_DIR=str(tmp_path / "configs"))
    assert ended.returncode == ExitCode.SET_UP_BROKEN
    assert "workers" in ended.stderr or "no_such_setting" in ended.stderr
