"""axe-core for the tests: what a person who cannot see, or has no mouse, would stumble over.

    python -m tests.axe build      # what `make setup-tests` calls: fetched once, kept in the cache folder

Its script comes in the jar of its npm package from Maven Central, pinned. It runs beside the page's policy, not
within it: what it checks is the page.
"""

# ruff: noqa: T201  (its command speaks to who runs `make`)

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.fetching import fetched_once, kept

VERSION = "4.6.3"  # the newest webjar
_IN_JAR = f"META-INF/resources/webjars/axe-core/{VERSION}/axe.min.js"
GRAVE = ("serious", "critical")


class AxeMissing(Exception):
    """axe-core cannot be had; the message says how to get it."""


def _script() -> Path:
    return kept(f"axe-{VERSION}.min.js")


def build() -> None:
    """Fetch it; a second time takes no time."""
    fetched_once(_script(), _fetch)
    print(f"axe-core {VERSION}: {_script()}")


def _fetch(to: Path) -> None:
    if shutil.which("mvn") is None:
        raise AxeMissing("mvn is missing; run `make setup-tests`, or apt-get install maven")
    plugin, artifact = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1", f"org.webjars.npm:axe-core:{VERSION}"
    with tempfile.TemporaryDirectory(dir=to.parent) as folder:
        subprocess.run(
            ["mvn", "-q", "-B", f"{plugin}:get", f"-Dartifact={artifact}", "-Dtransitive=false"], check=True
        )
        copy = [f"{plugin}:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
        subprocess.run(["mvn", "-q", "-B", *copy], check=True)
        with zipfile.ZipFile(Path(folder) / f"axe-core-{VERSION}.jar") as archive:
            coming = Path(folder) / "axe.js"
            coming.write_bytes(archive.read(_IN_JAR))
        coming.replace(to)


def grave_faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical on a page as it stands, each with where; nothing for a good page."""
    if not _script().exists():
        raise AxeMissing("axe-core was not fetched; run `make setup-tests`")
    page.evaluate(_script().read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((result) => result.violations)")
    return [
        f"{one['id']}: {one['help']} at {[node['target'] for node in one['nodes']][:5]}"
        for one in found
        if one["impact"] in GRAVE
    ]


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit(__doc__)
    build()
