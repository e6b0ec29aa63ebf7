"""Tesseract: what it reads, and what happens where it is missing, killed or hanging."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr.engines.tesseract import Tesseract
from ocr.errors import EngineFailed, EngineTimeout, LanguageMissing, ProgramMissing
from ocr.opening.raw import Image
from tests.ocr.imaging.paper import Sheet


@pytest.fixture(scope="module")
def page() -> Image:
    return Sheet(dpi=200).print().grey


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A `tesseract` that does what the test says: faults that the real one does not have on demand."""

    def make(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        file = folder / "tesseract"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return make


def test_words_are_read_with_their_places(page: Image, tmp_path: Path) -> None:
    """The text layer is laid word by word over the image."""
    lines = Tesseract().read(page, dpi=200, source="a.pdf", page=1, scratch=tmp_path).lines
    text = " ".join(line.text for line in lines)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "Trân trọng cảm ơn" in text
    ink = page < 128
    for line in lines:
        for word in line.words:
            x0, y0, x1, y1 = (round(value) for value in word.box)
            assert ink[y0:y1, x0:x1].any()
            assert 0 <= word.confidence <= 1


def test_an_empty_page_gives_no_lines(tmp_path: Path) -> None:
    """Nothing read is an answer, not a fault."""
    white = np.full((800, 600), 255, np.uint8)
    assert Tesseract().read(white, dpi=200, source="a.pdf", page=1, scratch=tmp_path).lines == ()


def test_a_result_names_the_very_model(tmp_path: Path) -> None:
    """Two results of two models must not pass for one."""
    engine = Tesseract().describe()
    assert engine.name == "tesseract"
    assert engine.version[0].isdigit()
    assert len(engine.model) == 64
    assert "vie" in engine.settings


def test_a_missing_program_says_how_to_get_it(page: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator reads the message, not the source."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing, match="apt-get install tesseract-ocr"):
        Tesseract().read(page, dpi=200, source="a.pdf", page=1, scratch=tmp_path)
    with pytest.raises(ProgramMissing, match="make setup"):
        Tesseract().describe()


def test_a_missing_language_says_how_to_get_it() -> None:
    """Without `vie` every accent would be lost in silence."""
    with pytest.raises(LanguageMissing, match="tesseract-ocr-nolanguage"):
        Tesseract(languages="nolanguage").describe()


def test_a_killed_program_is_told_with_page_and_signal(page: Image, tmp_path: Path, program) -> None:
    """The kernel kills what takes too much memory: that page fails, the others go on."""
    program("kill -9 $$")
    with pytest.raises(EngineFailed, match=r"a\.pdf, page 7: .*killed by signal 9"):
        Tesseract().read(page, dpi=200, source="a.pdf", page=7, scratch=tmp_path)


def test_a_failing_program_is_told_with_what_it_said(page: Image, tmp_path: Path, program) -> None:
    """The reason is in Tesseract's own words."""
    program("echo 'Error, cannot read the image' >&2; exit 1")
    with pytest.raises(EngineFailed, match="cannot read the image"):
        Tesseract().read(page, dpi=200, source="a.pdf", page=1, scratch=tmp_path)


def test_a_hanging_program_is_ended(page: Image, tmp_path: Path, program) -> None:
    """One page must not hold up a night's batch."""
    program("exec sleep 60")
    with pytest.raises(EngineTimeout, match="did not end within 1 s"):
        Tesseract(timeout_s=1.0).read(page, dpi=200, source="a.pdf", page=1, scratch=tmp_path)
