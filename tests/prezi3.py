"""IIIF's own rules for manifests, for the tests: models that iiif-prezi3 makes of the schema of IIIF's validator.

    python -m tests.prezi3 build      # what `make setup-tests` calls: fetched once, kept in the cache folder

From PyPI, pinned, beside our packages and not among them: it wants an older Pillow than ours.
"""

# ruff: noqa: T201  (its command speaks to who runs `make`)

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fetching import fetched_once, kept

VERSION = "3.1.1"
REPOSITORY = Path(__file__).resolve().parent.parent


class Prezi3Missing(Exception):
    """The models cannot be had; the message says how to get them."""


def _place() -> Path:
    return kept(f"iiif-prezi3-{VERSION}")


def build() -> None:
    """Fetch them; a second time takes no time."""
    fetched_once(_place(), _fetch)
    print(f"iiif-prezi3 {VERSION}: {_place()}")


def _fetch(to: Path) -> None:
    print(f"Fetching iiif-prezi3 {VERSION} from PyPI (60 kB)")
    uv = shutil.which("uv") or str(REPOSITORY / ".tools" / "uv" / "bin" / "uv")
    if not Path(uv).exists():
        raise Prezi3Missing("uv is not there to fetch iiif-prezi3 with; run `make setup-tests`")
    coming = to.with_name(f"{to.name}.coming")
    shutil.rmtree(coming, ignore_errors=True)
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", str(coming)]
    subprocess.run([*install, f"iiif-prezi3=={VERSION}"], check=True)
    coming.replace(to)


def model(kind: str) -> Any:
    """The model of a Manifest, a Collection or an AnnotationPage; its `model_validate` raises ValidationError."""
    if not _place().exists():
        raise Prezi3Missing("iiif-prezi3 was not fetched; run `make setup-tests`")
    if str(_place()) not in sys.path:
        sys.path.append(str(_place()))
    return getattr(importlib.import_module("iiif_prezi3"), kind)


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit(__doc__)
    build()
