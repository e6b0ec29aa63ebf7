"""Checks everything that a batch will need, and says how to mend what is missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from flows.cores import usable_cores
from flows.errors import FlowError
from flows.installation import Installation, opened
from flows.settings import Settings, config_dir
from flows.work import need_free_disk
from ocr.engines.tesseract import Tesseract
from ocr.errors import OcrError
from ocr.rules import load_rules
from ocr.vietnamese import SPELLING
from storage.errors import StorageError
from storage.outbox import INDEX, pending

INSTALL = "`make setup`, or apt-get install"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    what: str
    well: bool
    text: str  #: what was found, and how to mend it where it is not well


def examine(settings: Settings, out: Console) -> bool:
    """Print a line for each thing that is needed; whether all is well."""
    well = True
    for finding in findings(settings):
        well &= finding.well
        out.print(f"{'ok  ' if finding.well else 'MEND'} {finding.what}: {finding.text}")
    out.print("all is well" if well else "mend the lines marked MEND, then run `sohoa doctor` again")
    return well


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that is looked at, in the order in which a batch would meet it."""
    yield Finding(what="python", well=sys.version_info >= (3, 11), text=sys.version.split()[0])
    yield Finding(what="cores", well=True, text=f"{usable_cores()} usable")
    yield from _programs()
    yield _checked("tesseract languages", lambda: _languages(settings))
    yield _checked("libvips", _libvips)
    yield _spelling()
    yield _checked("prefect", lambda: version("prefect"))
    yield _checked("rules", lambda: _rules(config_dir()))
    yield from _memory(settings)


def _checked(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, well=True, text=look())
    except (OcrError, StorageError, FlowError, OSError, ImportError) as error:
        return Finding(what=what, well=False, text=str(error))


def _programs() -> Iterator[Finding]:
    for program, package, flag in (
        ("tesseract", "tesseract-ocr", "--version"),
        ("pdftoppm", "poppler-utils", "-v"),
        ("pdftotext", "poppler-utils", "-v"),
    ):
        path = shutil.which(program)
        if path is None:
            yield Finding(what=program, well=False, text=f"is not on the PATH; {INSTALL} {package}")
            continue
        said = subprocess.run([path, flag], capture_output=True, text=True, timeout=20, check=False)
        first = (said.stdout + said.stderr).strip().splitlines()[:1]
        text = first[0] if first else "says nothing"
        well = said.returncode == 0 and bool(first)
        yield Finding(what=program, well=well, text=text if well else f"does not start ({text}); {INSTALL} {package}")


def _languages(settings: Settings) -> str:
    engine = Tesseract(languages=settings.reading.languages, timeout_s=settings.reading.page_seconds).describe()
    return f"{settings.reading.languages} (model {engine.model[:12]})"


def _spelling() -> Finding:
    there = SPELLING.is_file()
    return Finding(what="syllables", well=there, text=str(SPELLING) if there else f"missing; {INSTALL} hunspell-vi")


def _libvips() -> str:
    import pyvips

    return ".".join(str(pyvips.version(part)) for part in range(3))


def _rules(folder: Path) -> str:
    load_rules(folder)
    return f"{folder} reads well"


def _memory(settings: Settings) -> Iterator[Finding]:
    """Store, records, index and disk, through the same door that a batch uses."""
    try:
        with opened(settings) as house:
            yield _checked("store", lambda: _answers(house.store.check, settings.store.url or "folder"))
            kind = settings.database.url.get_secret_value().split(":")[0] or "sqlite"
            yield _checked("database", lambda: _answers(house.database.check, kind))
            yield _checked("index", lambda: _index(house))
            yield _checked("disk", lambda: _disk(house))
    except (StorageError, OSError) as error:
        yield Finding(what="store and database", well=False, text=str(error))


def _answers(check: Callable[[], None], name: str) -> str:
    check()
    return f"{name} answers"


def _index(house: Installation) -> str:
    house.index.check()
    with house.database.reading() as session:
        waiting = pending(session, INDEX)
    return f"tantivy answers; {waiting} papers wait to be indexed" if waiting else "tantivy answers"


def _disk(house: Installation) -> str:
    need_free_disk(house.data_dir, house.settings.run.min_free_gib)
    return f"{shutil.disk_usage(house.data_dir).free / 1024**3:.1f} GiB free in {house.data_dir}"
