"""Tesseract through pytesseract: one call and one thread a page."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
import pytesseract
from pytesseract import TesseractError, TesseractNotFoundError

from ocr.engines import Reading
from ocr.errors import EngineFailed, EngineTimeout, LanguageMissing, ProgramMissing
from ocr.geometry import Box, around
from ocr.opening.raw import Image
from ocr.page import Engine, Line, Word

# Lines of any size in one column (4): a sixth fewer errors than 3 on the corpus; columns are cut by ocr.layout.
MODE = "--psm 4 -c preserve_interword_spaces=0"
PROBE_SECONDS = 20.0
INSTALL = "`make setup`, or apt-get install tesseract-ocr tesseract-ocr-vie"
_WORD_LEVEL = "5"
_LISTED = re.compile(r'"(?P<folder>[^"]+)"')


class Tesseract:
    """Reads pages with the `tesseract` program. Holds no page and no process."""

    def __init__(self, *, languages: str = "vie", timeout_s: float = 120.0, mode: str = MODE) -> None:
        self._languages = languages
        self._timeout_s = timeout_s
        self._mode = mode
        os.environ["OMP_THREAD_LIMIT"] = "1"  # two threads burned up to nine times the CPU of one

    def describe(self) -> Engine:
        """See Recogniser.describe. Raises ProgramMissing, LanguageMissing."""
        return self._described

    @cached_property
    def _described(self) -> Engine:
        version = _say("--version").splitlines()[0].removeprefix("tesseract").strip()
        listing = _say("--list-langs")
        there = {line.strip() for line in listing.splitlines()[1:]}
        missing = [name for name in self._languages.split("+") if name not in there]
        if missing:
            packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in missing)
            raise LanguageMissing(
                f"Tesseract has no language {', '.join(missing)}", mend=f"apt-get install {packages}"
            )
        folder = _LISTED.search(listing)
        digest = hashlib.sha256()
        for name in self._languages.split("+"):
            model = Path(folder["folder"] if folder else ".") / f"{name}.traineddata"
            digest.update(model.read_bytes() if model.exists() else name.encode())
        return Engine(
            name="tesseract", version=version, model=digest.hexdigest(), settings=f"-l {self._languages} {self._mode}"
        )

    def read(self, grey: Image, *, dpi: float, source: str, page: int, scratch: Path) -> Reading:
        """See Recogniser.read. Lines as Tesseract has them; `ocr.layout` puts them in reading order."""
        try:
            with _as_file(grey, scratch) as file:
                table = pytesseract.image_to_data(
                    str(file),
                    lang=self._languages,
                    config=f"{self._mode} --dpi {round(dpi)}",
                    timeout=self._timeout_s,
                )
        except TesseractNotFoundError as error:
            raise ProgramMissing("the program tesseract is not on the PATH", mend=INSTALL) from error
        except TesseractError as error:
            said = " ".join(str(error.message).split())[:200] or "nothing"
            what = (
                f"Tesseract was killed by signal {-error.status}" if error.status < 0 else f"Tesseract failed: {said}"
            )
            raise EngineFailed(
                source, page, what, mend="run again; if it happens again, scan the page again"
            ) from error
        except RuntimeError as error:  # pytesseract's word for a time-out; it has killed the process
            raise EngineTimeout(
                source,
                page,
                f"Tesseract did not end within {self._timeout_s:.0f} s",
                mend="raise reading.page_seconds, or scan the page again",
            ) from error
        return Reading(lines=tuple(_lines(table)))


@contextmanager
def _as_file(grey: Image, folder: Path) -> Iterator[Path]:
    """An uncompressed file (PGM), removed after. Given an array, pytesseract makes a PNG: 0.8 s for A4 at 300 dpi."""
    handle, name = tempfile.mkstemp(suffix=".pgm", prefix="working-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(f"P5 {grey.shape[1]} {grey.shape[0]} 255\n".encode())
            file.write(np.ascontiguousarray(grey).data)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _say(flag: str) -> str:
    program = shutil.which(pytesseract.pytesseract.tesseract_cmd)
    if program is None:
        raise ProgramMissing("the program tesseract is not on the PATH", mend=INSTALL)
    try:
        said = subprocess.run([program, flag], capture_output=True, text=True, timeout=PROBE_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ProgramMissing(f"{program} {flag} does not work ({error})", mend=INSTALL) from error
    return said.stdout or said.stderr


def _lines(table: str) -> Iterator[Line]:
    """Lines of Tesseract's TSV: words of one block, paragraph and line."""
    open_key: tuple[str, ...] | None = None
    words: list[Word] = []
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] != _WORD_LEVEL:
            continue
        key = (row["block_num"], row["par_num"], row["line_num"])
        if key != open_key and words:
            yield _line(words, open_key)
            words = []
        open_key = key
        word = _word(row)
        if word is not None:
            words.append(word)
    if words:
        yield _line(words, open_key)


def _line(words: list[Word], key: tuple[str, ...] | None) -> Line:
    return Line(words=tuple(words), box=around(word.box for word in words), block=int(key[0]) if key else 0)


def _word(row: dict[str, str]) -> Word | None:
    text = unicodedata.normalize("NFC", row["text"] or "").replace("Ð", "Đ").strip()
    if not text:
        return None
    left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
    confidence = min(max(float(row["conf"]) / 100.0, 0.0), 1.0)
    return Word(text=text, box=Box(left, top, left + width, top + height), confidence=confidence)
