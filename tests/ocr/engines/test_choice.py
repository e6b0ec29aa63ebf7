"""Recognisers are found by entry point, so that a province can add one without changing this code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.engines.choice import READER, TESSERACT, engine_names, recogniser
from ocr.errors import EngineMissing

ANOTHER = """
from ocr.engines import Reading
from ocr.page import Engine

class Blind:
    def __init__(self, *, languages, timeout_s):
        self._languages = languages
    def describe(self):
        return Engine(name="blind", version="1", model="", settings=self._languages)
    def read(self, grey, *, dpi, source, page, scratch):
        return Reading()
"""


def test_our_engines_are_found_by_entry_point():
    """They go the way that every other engine has to go."""
    assert {READER, TESSERACT} <= set(engine_names())


def test_an_engine_of_another_package_is_found_and_made(tmp_path: Path):
    """An institute's reader of Hán Nôm is installed beside Sohoa, not into it."""
    (tmp_path / "blind.py").write_text(ANOTHER)
    info = tmp_path / "blind-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: blind\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[sohoa.engines]\nblind = blind:Blind\nbroken = blind:Missing\n")
    say = (
        "from ocr.engines.choice import recogniser\n"
        "print(recogniser('blind', languages='lzh', timeout_s=1).describe())\n"
        "recogniser('broken', languages='lzh', timeout_s=1)"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    ran = subprocess.run(
        [sys.executable, "-c", say],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "name='blind'" in ran.stdout
    assert "settings='lzh'" in ran.stdout
    assert "EngineMissing: reading.engine broken: its package cannot be loaded" in ran.stderr


def test_a_name_that_nothing_brings_says_what_there_is():
    """A typing error in the settings must not start a night's run."""
    with pytest.raises(EngineMissing, match=r"kraken.*reader, tesseract.*install the package"):
        recogniser("kraken", languages="vie", timeout_s=1)
