"""Our reader beside Tesseract on the same cleaned pages: how right, and how dear.

    python -m tests.benchmarks.reader --corpus ../shared/corpus --real ../shared/real --out build/reader-benchmark
        [--engines reader tesseract] [--weights OTHER.onnx …] [--every 3]

Each page goes through the product's own opening, cleaning and reading order; only the recogniser differs. Texts are
left under OUT/<engine>/<corpus>, and the corpora's own scoring programs judge them. Further weights are further
engines, so that two models can be compared; `--changes` writes what they read differently, with pictures, to
OUT/changes.html. CPU is that of the recogniser alone, its child processes included.
"""

from __future__ import annotations

import argparse
import base64
import html
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import cv2

from ocr.engines import Reading, Recogniser
from ocr.engines.reader import Reader
from ocr.engines.tesseract import Tesseract
from ocr.errors import PageError
from ocr.opening import Limits, Source, count_pages, find_sources, open_page
from ocr.opening.raw import Image
from ocr.page import Engine, ReadPage
from ocr.process import settle
from ocr.reading import ReadingSettings, read_page

RASTER_DPI = 300
LIMITS = Limits()
SETTINGS = ReadingSettings(jpeg_quality=80, min_dpi=200)
CONTEXT = 8  # pixels around a changed line in the gallery


@dataclass
class Timed:
    """A recogniser and the CPU that it took."""

    within: Recogniser
    seconds: float = 0.0
    pages: int = 0

    def describe(self) -> Engine:
        return self.within.describe()

    def read(self, grey: Image, *, dpi: float, source: str, page: int, scratch: Path) -> Reading:
        began = sum(os.times()[:4])
        found = self.within.read(grey, dpi=dpi, source=source, page=page, scratch=scratch)
        self.seconds += sum(os.times()[:4]) - began
        self.pages += 1
        return found


@dataclass
class Change:
    """A place that two engines read differently."""

    page: str
    texts: tuple[str, str]
    picture: bytes = field(repr=False)


def scans(corpus: Path | None, real: Path | None, every: int) -> Iterator[tuple[str, Source]]:
    """Sources of both corpora by the name of their corpus: every n-th of them."""
    folders = [("corpus", folder) for folder in sorted((corpus / "docs").iterdir())] if corpus else []
    folders += [("real", real / "pdf")] if real else []
    index = 0
    for name, folder in folders:
        with tempfile.TemporaryDirectory() as unpacked:
            for found in find_sources([folder], unpack_to=Path(unpacked), limits=LIMITS):
                if isinstance(found, Source):
                    if index % every == 0:
                        yield name, found
                    index += 1


def read(source: Source, engine: Timed, folder: Path) -> list[ReadPage | None]:
    """The pages of a source; None where one cannot be read."""
    pages: list[ReadPage | None] = []
    for number in range(1, count_pages(source, limits=LIMITS) + 1):
        try:
            raw = open_page(source, number, limits=LIMITS, raster_dpi=RASTER_DPI)
            pages.append(read_page(raw, engine, SETTINGS, source=source.name, out=folder))
        except PageError as error:
            print(error, file=sys.stderr)
            pages.append(None)
    return pages


def changes(before: list[ReadPage | None], after: list[ReadPage | None], name: str) -> Iterator[Change]:
    """Lines of two readings of the same pages that differ, with the place on the stored page."""
    for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
        if old is None or new is None:
            continue
        image = cv2.imread(str(new.image), cv2.IMREAD_GRAYSCALE)
        old_texts, new_texts = [line.text for line in old.lines], [line.text for line in new.lines]
        for kind, a0, a1, b0, b1 in SequenceMatcher(None, old_texts, new_texts, autojunk=False).get_opcodes():
            lines = new.lines[b0:b1] or old.lines[a0:a1]
            if kind == "equal" or image is None or not lines:
                continue
            left, top = (
                max(0, int(min(getattr(line.box, side) for line in lines)) - CONTEXT) for side in ("x0", "y0")
            )
            right, bottom = (int(max(getattr(line.box, side) for line in lines)) + CONTEXT for side in ("x1", "y1"))
            part = cv2.imencode(".jpg", image[top:bottom, left:right], [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
            yield Change(
                f"{name}, page {number}", (" ⏎ ".join(old_texts[a0:a1]), " ⏎ ".join(new_texts[b0:b1])), part.tobytes()
            )


def lines_judged(pages: list[ReadPage | None], corpus: Path | None, name: str) -> Iterator[tuple[float, bool]]:
    """Of each line read the chance that all its words are right, and whether it stands in the truth of its page."""
    truth = corpus / "docs" / name / "truth.json" if corpus else None
    if truth is None or not truth.exists():
        return
    for page, true in zip(pages, json.loads(truth.read_text(encoding="utf-8"))["pages"], strict=False):
        whole = " ".join(" ".join(true["lines"]).replace("–", "-").split())
        for line in page.lines if page else ():
            yield math.prod(word.confidence for word in line.words), line.text.replace("–", "-") in whole


def doubt_told(lines: list[tuple[float, bool]]) -> str:
    """How many of the wrong lines the least sure tenth holds."""
    least = sorted(lines)[: len(lines) // 10]
    wrong = sum(not right for _, right in lines)
    held = sum(not right for _, right in least)
    return f"{wrong} of {len(lines)} lines wrong, {held} of them in the least sure tenth"


def gallery(found: list[Change], names: tuple[str, str], file: Path) -> None:
    """One HTML file with a picture and both readings for each change."""
    rows = "\n".join(
        f"<tr><td>{html.escape(one.page)}<br>"
        f"<img src='data:image/jpeg;base64,{base64.b64encode(one.picture).decode()}'>"
        f"<td>{html.escape(one.texts[0])}<td>{html.escape(one.texts[1])}"
        for one in found
    )
    head = (
        "<!doctype html><meta charset=utf-8><style>td{border:1px solid #999;padding:4px}img{max-width:700px}</style>"
    )
    file.write_text(f"{head}<table><tr><th>place<th>{names[0]}<th>{names[1]}\n{rows}</table>", encoding="utf-8")


def score(out: Path, corpora: Mapping[str, Path], engine: str) -> None:
    """Let the corpora's own programs judge an engine's texts."""
    programs = {
        "corpus": lambda where: [where / "score_text.py", where / "docs", out / engine / "corpus"],
        "real": lambda where: [where / "score_real.py", where, "--text", out / engine / "real"],
    }
    for name, where in corpora.items():
        print(f"{engine} on {name}:", flush=True)
        subprocess.run([sys.executable, *programs[name](where)], check=True)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/reader-benchmark"))
    parser.add_argument("--engines", nargs="+", choices=("reader", "tesseract"), default=["reader", "tesseract"])
    parser.add_argument("--weights", type=Path, nargs="*", default=[])
    parser.add_argument("--every", type=int, default=1, help="read every n-th source only")
    parser.add_argument(
        "--changes", action="store_true", help="gallery of what the last two engines read differently"
    )
    given = parser.parse_args()
    settle()
    made: dict[str, Recogniser] = {"tesseract": Tesseract(), "reader": Reader()}
    engines = {name: Timed(made[name]) for name in given.engines}
    engines |= {f"{file.parent.name}-{file.stem}": Timed(Reader(file)) for file in given.weights}
    found: list[Change] = []
    judged: dict[str, list[tuple[float, bool]]] = {engine: [] for engine in engines}
    for name, source in scans(given.corpus, given.real, given.every):
        read_by: dict[str, list[ReadPage | None]] = {}
        for engine, timed in engines.items():
            folder = given.out / engine / name
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory() as images:
                read_by[engine] = read(source, timed, Path(images))
                judged[engine] += lines_judged(read_by[engine], given.corpus, Path(source.name).stem)
                text = "\f".join(page.text if page else "" for page in read_by[engine])
                (folder / f"{Path(source.name).stem}.txt").write_text(text, encoding="utf-8")
                if given.changes and len(read_by) == len(engines) > 1:
                    found += changes(*list(read_by.values())[-2:], source.name)
    for engine, timed in engines.items():
        score(given.out, {k: v for k, v in (("corpus", given.corpus), ("real", given.real)) if v}, engine)
        print(
            f"{engine}: {1000 * timed.seconds / max(1, timed.pages):.0f} ms of CPU a page, {timed.pages} pages read; "
            + doubt_told(judged[engine])
        )
    if given.changes:
        gallery(found, tuple(list(engines)[-2:]), given.out / "changes.html")


if __name__ == "__main__":
    main()
