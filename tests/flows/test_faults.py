"""What a batch does when the machine fails it: tesseract, store, database, disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.errors import ExitCode
from tests.flows import papers
from tests.flows.conftest import House


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return papers.save(papers.decision(), tmp_path / "giấy.png")


@pytest.fixture
def by_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages read by the engine that can be killed, can hang and can be missing, whatever the settings' default is."""
    monkeypatch.setenv("SOHOA_READING__ENGINE", "tesseract")


def _fake_tesseract(folder: Path, reading: str) -> Path:
    """A `tesseract` that answers about itself like the real one and reads pages as told."""
    folder.mkdir()
    program = folder / "tesseract"
    program.write_text(
        '#!/bin/sh\ncase "$1" in --version|--list-langs) exec /usr/bin/tesseract "$@";; esac\n' + reading + "\n"
    )
    program.chmod(0o755)
    return folder


@pytest.mark.usefixtures("by_tesseract")
def test_without_tesseract_nothing_runs_and_the_way_to_mend_it_is_told(house: House, scan: Path, tmp_path: Path):
    """A fresh server: the operator needs the package's name, not a traceback."""
    (tmp_path / "empty").mkdir()
    ended = house.sohoa("digitise", scan, PATH=str(tmp_path / "empty"))
    assert ended.returncode == ExitCode.SET_UP_BROKEN
    assert "tesseract" in ended.stderr
    assert "apt-get install" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("by_tesseract")
@pytest.mark.parametrize(("reading", "words"), [("kill -9 $$", "signal 9"), ("exit 3", "Tesseract failed")])
def test_a_page_that_kills_tesseract_is_kept_as_an_image(
    house: House, scan: Path, tmp_path: Path, reading: str, words: str
):
    """The page is somebody's land title: unread it must still be there, counted, and shown to a person."""
    fakes = _fake_tesseract(tmp_path / "bin", reading)
    ended = house.sohoa("digitise", scan, "--report", tmp_path / "r.json", PATH=f"{fakes}:{os.environ['PATH']}")
    assert ended.returncode == ExitCode.SOME_FAILED
    assert words in ended.stdout
    assert "giấy.png, page 1" in ended.stdout


@pytest.mark.usefixtures("by_tesseract")
def test_a_hanging_tesseract_is_ended(house: House, scan: Path, tmp_path: Path):
    """One page that hangs must not hold the night's run."""
    fakes = _fake_tesseract(tmp_path / "bin", "sleep 600")
    ended = house.sohoa("digitise", scan, PATH=f"{fakes}:{os.environ['PATH']}", SOHOA_READING__PAGE_SECONDS="1")
    assert ended.returncode == ExitCode.SOME_FAILED
    assert "did not end within 1 s" in ended.stdout


@pytest.mark.usefixtures("by_tesseract")
def test_an_unread_page_is_read_by_the_next_run(house: House, scan: Path, tmp_path: Path):
    """What failed for the machine's sake must not stay failed once the machine is well."""
    fakes = _fake_tesseract(tmp_path / "bin", "exit 3")
    assert house.sohoa("digitise", scan, PATH=f"{fakes}:{os.environ['PATH']}").returncode == ExitCode.SOME_FAILED
    again = house.sohoa("digitise", scan)
    assert again.returncode == ExitCode.ALL_PUBLISHED, again.stdout + again.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MiB, as root can mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_stops_the_batch_and_the_next_run_goes_on(house: House, tmp_path: Path, small_disk: Path):
    """Half a document on a full disk, or a batch that goes on failing 100,000 pages, is what must not be."""
    folder = tmp_path / "hồ sơ"
    for number in range(1, 4):
        papers.save(papers.decision(number=f"{number}/QĐ-UBND"), folder / f"giấy {number}.png")
    full = small_disk / "fill"
    objects = small_disk / "objects"
    objects.mkdir()
    with full.open("wb") as file:
        file.write(bytes(3 * 1024**2 - 150_000))
    ended = house.sohoa("digitise", folder, SOHOA_STORE__URL=f"folder://{objects}")
    assert ended.returncode == ExitCode.SET_UP_BROKEN, ended.stdout + ended.stderr
    assert "make room" in ended.stderr
    full.unlink()
    again = house.sohoa("digitise", folder, SOHOA_STORE__URL=f"folder://{objects}")
    assert again.returncode == ExitCode.ALL_PUBLISHED, again.stdout + again.stderr


def test_too_little_disk_to_begin_is_told_before_anything_is_done(house: House, scan: Path):
    """Better no run on Friday evening than half of one on Saturday morning."""
    ended = house.sohoa("digitise", scan, SOHOA_RUN__MIN_FREE_GIB="900000")
    assert ended.returncode == ExitCode.SET_UP_BROKEN
    assert "GiB free" in ended.stderr


def test_a_store_that_is_away_puts_documents_off_and_loses_none(house: House, scan: Path):
    """MinIO restarts in the night: what could not be stored is done by the next run."""
    away = {
        "SOHOA_STORE__URL": "s3+http://127.0.0.1:9/sohoa",
        "SOHOA_STORE__ACCESS_KEY": "a",
        "SOHOA_STORE__SECRET_KEY": "b",
    }
    ended = house.sohoa("digitise", scan, **away)
    assert ended.returncode == ExitCode.SOME_FAILED
    assert "put off" in ended.stderr
    again = house.sohoa("digitise", scan)
    assert again.returncode == ExitCode.ALL_PUBLISHED
    assert "going on with batch" in again.stderr


def test_a_database_that_is_away_is_a_broken_set_up(house: House, scan: Path):
    """Nothing can be recorded, so nothing may be done; the message names the database without its password."""
    ended = house.sohoa("digitise", scan, SOHOA_DATABASE__URL="postgresql+psycopg://sohoa:geheim@127.0.0.1:9/sohoa")
    assert ended.returncode == ExitCode.SET_UP_BROKEN
    assert "127.0.0.1" in ended.stderr
    assert "geheim" not in ended.stderr + ended.stdout
