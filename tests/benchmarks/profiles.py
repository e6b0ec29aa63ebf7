"""What each profile of the PDF costs and keeps: bytes, CPU, and how well its rendered pages can be read again.

    python -m tests.benchmarks.read_pages ../shared/corpus/docs --to PAGES --engine reader
    python -m tests.benchmarks.pipeline ../shared/corpus/docs --only ocrmypdf --keep PEER
    python -m tests.benchmarks.profiles PAGES/docs --truth ../shared/corpus/docs --peer PEER/ocrmypdf --engine reader

PAGES: working folders of read pages, one a document. Each document is assembled and checked in every profile, as the
pipeline does it. Printed for each: bytes, CPU-seconds a page of assembling and checking, and the line error (edit
distance of each true line to its best place in the page's text, over its length) of its pages rendered by pdfium at
the scan's resolution and recognised again. Without --engine nothing is recognised.

--peer: folder of what `ocrmypdf -l vie --rotate-pages --deskew` (which optimises as -O1) made of the same documents;
sizes are told as shares of it. On a busy machine --rounds takes the neighbours' share out of the CPU-seconds.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ocr.engines import Recogniser
from ocr.engines.choice import engine_names, recogniser
from ocr.opening.raw import Image, RawPage
from ocr.page import ReadPage, load_page
from ocr.pdf import Profile, assemble_checked
from ocr.reading import ReadingSettings, read_page
from tests.ocr.pdf.made import METADATA

SLACK = 4  # letters around the place that rapidfuzz finds, within which the best one is looked for
DASHES = str.maketrans({"−": "-", "–": "-"})


@dataclass(slots=True)
class Gauge:
    """What a profile took and gave, over all documents."""

    size: int = 0
    cpu_s: float = 0.0
    wrong: int = 0  #: letters
    by_page: dict[str, float] = field(default_factory=dict)  #: error of each


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--engine", choices=engine_names())
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--rounds", type=int, default=1, help="assembled so often, and the least CPU counts")
    parser.add_argument("--profiles", nargs="+", type=Profile, default=list(Profile))
    given = parser.parse_args()
    cv2.setNumThreads(1)
    engine = recogniser(given.engine, languages="vie", timeout_s=120) if given.engine else None
    gauges = {profile: Gauge() for profile in given.profiles}
    pages = letters = peer = 0
    for folder in sorted(folder for folder in given.pages.iterdir() if not given.only or folder.name in given.only):
        document = [load_page(file.read_bytes()) for file in sorted(folder.glob("page*.json"))]
        truth = [
            lines_of(page["lines"])
            for page in json.loads((given.truth / folder.name / "truth.json").read_text())["pages"]
        ]
        pages += len(document)
        letters += sum(len(line) for lines in truth for line in lines)
        peer += sum(file.stat().st_size for file in given.peer.glob(f"*{folder.name}.pdf")) if given.peer else 0
        for profile, gauge in gauges.items():
            measure(document, truth, folder.name, profile, engine, gauge, rounds=given.rounds)
    for profile, gauge in gauges.items():
        share = f", {gauge.size / peer:.3f} of OCRmyPDF's {peer / 1e6:.1f} MB" if peer else ""
        cost = f"{gauge.cpu_s / pages:.3f} CPU-s a page"
        error = f", line error {gauge.wrong / letters:.4f}" if engine else ""
        print(f"{profile}: {pages} pages, {gauge.size / 1e6:.2f} MB{share}, {cost}{error}")
    if engine and len(gauges) > 1:
        tell_worst(gauges)


def measure(
    document: Sequence[ReadPage],
    truth: Sequence[Sequence[str]],
    name: str,
    profile: Profile,
    engine: Recogniser | None,
    gauge: Gauge,
    *,
    rounds: int = 1,
) -> None:
    """Add a document to a profile's gauge; rounds: times that it is assembled, of which the cheapest counts."""
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "a.pdf"
        spent = []
        for _ in range(rounds):
            before = _spent()
            assemble_checked(document, METADATA, pdf, profile=profile)
            spent.append(_spent() - before)
        gauge.cpu_s += min(spent)
        gauge.size += pdf.stat().st_size
        if engine is None:
            return
        for page, lines, seen in zip(document, truth, rendered(pdf, document), strict=True):
            raw = RawPage(number=1, image=seen, dpi=page.facts.dpi, dpi_is_known=True, colour=page.facts.colour)
            settings = ReadingSettings(jpeg_quality=85, min_dpi=200)
            text = " ".join(
                lines_of(read_page(raw, engine, settings, source=name, out=Path(folder)).text.split("\n"))
            )
            wrong = sum(distance(line, text) for line in lines)
            gauge.wrong += wrong
            gauge.by_page[f"{name} {page.facts.number}"] = wrong / max(sum(map(len, lines)), 1)


def rendered(pdf: Path, document: Sequence[ReadPage]) -> Iterator[Image]:
    """The pages as pdfium draws them, in the pixels of the scan."""
    with pypdfium2.PdfDocument(pdf) as opened:
        for index, page in enumerate(document):
            drawn = opened[index].render(scale=page.facts.dpi / 72).to_numpy()
            grey = page.facts.colour != "colour"
            yield np.ascontiguousarray(drawn[:, :, 1] if grey and drawn.ndim == 3 else drawn)


def lines_of(lines: Sequence[str]) -> list[str]:
    """Lines as they are compared: NFC, single blanks, one kind of dash; empty ones dropped."""
    each = (re.sub(r"\s+", " ", unicodedata.normalize("NFC", line.translate(DASHES))).strip() for line in lines)
    return [line for line in each if line]


def distance(line: str, text: str) -> int:
    """Letters between a line and the most similar part of a text."""
    found = fuzz.partial_ratio_alignment(line, text) if text else None
    if found is None:
        return len(line)
    starts = range(max(found.dest_start - SLACK, 0), found.dest_start + SLACK + 1)
    ends = range(found.dest_end - 2, found.dest_end + 3)
    parts = (text[start:end] for start in starts for end in ends if start < end)
    return min(min(Levenshtein.distance(line, part) for part in parts), len(line))


def tell_worst(gauges: dict[Profile, Gauge]) -> None:
    """The pages that lost most against the first profile."""
    first, *others = gauges.items()
    for profile, gauge in others:
        lost = sorted(((gauge.by_page[name] - error, name) for name, error in first[1].by_page.items()), reverse=True)
        print(f"{profile} lost most on " + ", ".join(f"{name} {loss:+.4f}" for loss, name in lost[:6]))


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
