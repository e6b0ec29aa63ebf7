"""Other people's readers of PDF for the tests: veraPDF, the reference validator of PDF/A, and Mozilla's pdf.js.

    python -m tests.verapdf build      # what `make setup-tests` calls: fetched once, kept in the cache folder

Both come from Maven Central, pinned; pdf.js in the jar of its npm package. Tests never skip for want of them: they
fail. A start of veraPDF costs three CPU seconds, so give it many files at once.
"""

# ruff: noqa: T201  (its command speaks to who runs `make`)

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.fetching import fetched_once, kept

VERAPDF = "1.28.2"
PDFJS = "4.2.67"  # the last that runs on Debian 12's Node 18
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sohoa.tests</groupId><artifactId>pdf-readers</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.verapdf.apps</groupId><artifactId>greenfield-apps</artifactId><version>{VERAPDF}</version>
    </dependency>
    <dependency>
      <groupId>org.webjars.npm</groupId><artifactId>pdfjs-dist</artifactId><version>{PDFJS}</version>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
    </dependency>
  </dependencies>
</project>
"""
_IN_JAR = f"META-INF/resources/webjars/pdfjs-dist/{PDFJS}/legacy/build/"
_SCRIPT = """
const [library, file] = process.argv.slice(2);
const pdfjs = await import(library);
const pdf = await pdfjs.getDocument({ url: file, verbosity: 0, disableFontFace: true }).promise;
const pages = [];
for (let number = 1; number <= pdf.numPages; number++) {
  const text = await (await pdf.getPage(number)).getTextContent();
  pages.push(text.items.map((item) => item.str + (item.hasEOL ? "\\n" : "")).join(""));
}
process.stdout.write(JSON.stringify(pages));
"""


class ReaderMissing(Exception):
    """A program that the tests need cannot be had; the message says how to get it."""


def _home() -> Path:
    return kept(f"verapdf-{VERAPDF}-pdfjs-{PDFJS}")


def build() -> None:
    """Fetch both; a second time takes no time."""
    home = _home()
    fetched_once(home, _fetch)
    print(f"veraPDF {VERAPDF}, pdf.js {PDFJS}: {home}")


def _fetch(home: Path) -> None:
    maven = _program("mvn", "maven")
    print(f"Fetching veraPDF {VERAPDF} and pdf.js {PDFJS} from Maven Central (30 MB)")
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        coming = Path(folder) / "coming"
        coming.mkdir()
        (Path(folder) / "pom.xml").write_text(_POM)
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={coming}"]
        subprocess.run([maven, "-q", "-B", "-f", Path(folder) / "pom.xml", *goal], check=True)
        jar = coming / f"pdfjs-dist-{PDFJS}.jar"
        with zipfile.ZipFile(jar) as archive:
            for name in ("pdf.mjs", "pdf.worker.mjs"):
                (coming / name).write_bytes(archive.read(_IN_JAR + name))
        jar.unlink()
        (coming / "text.mjs").write_text(_SCRIPT)
        coming.rename(home)


def _program(name: str, package: str) -> str:
    if found := shutil.which(name):
        return found
    raise ReaderMissing(f"{name} is missing; run `make setup-tests`, or apt-get install {package}")


def _built() -> Path:
    if not _home().exists():
        raise ReaderMissing("veraPDF and pdf.js were not fetched; run `make setup-tests`")
    return _home()


def violations(files: Iterable[Path], *, flavour: str = "2b") -> dict[Path, list[str]]:
    """What veraPDF has against each file as PDF/A; nothing for a valid one."""
    command = [
        _program("java", "default-jre-headless"),
        "-cp",
        f"{_built()}/*",
        "org.verapdf.apps.GreenfieldCliWrapper",
    ]
    files = list(files)
    options = ["--flavour", flavour, "--format", "text", "-v"]
    said = subprocess.run([*command, *options, *files], capture_output=True, text=True, check=False).stdout
    found: dict[Path, list[str]] = {}
    current: list[str] = []
    for line in said.splitlines():
        verdict, _, rest = line.partition(" ")
        if verdict in ("PASS", "FAIL"):
            name = rest.rsplit(" ", 1)[0]
            current = found.setdefault(Path(name), [])
            if verdict == "FAIL":
                current.append("FAIL")
        elif line.strip():
            current.append(line.strip())
    missing = [file for file in files if file not in found]
    if missing:
        raise ReaderMissing(f"veraPDF says nothing about {missing}: {said[-500:]}")
    return found


def pdfjs_text(file: Path) -> Sequence[str]:
    """The text of each page as pdf.js gives it to whoever copies or searches in Firefox."""
    home = _built()
    command = [_program("node", "nodejs"), home / "text.mjs", home / "pdf.mjs", file]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pages: list[str] = json.loads(said[said.index("[") :])
    return pages


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit(__doc__)
    build()
