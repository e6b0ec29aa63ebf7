"""Where the words of composed papers are found: printed words in no line, and words' boxes against their ink.

    python -m tests.benchmarks.unlike.places [--papers 60] [--seed 1] [--fonts DIR] [--keep DIR]

Papers as `tests.benchmarks.unlike` composes them, so that each word's ink is known to a fraction of a point; scanned
level in colour, grey or 1-bit at 100, 150, 200 or 300 dpi and read by the product's own page reader. Printed:

* words of black print whose place is in no found line, apart from those under a seal, a stamp or a pen;
* how many of the words read rightly have a box with all four edges within 2 points of their ink, by the scan and by
  the type, and how far each edge lies off. Words under seals and pens are left out: what covers them is ink as well.

`--keep` leaves a picture of each lost word and of each box farther off, truth green, found red.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ocr.engines import Reading
from ocr.engines.reader import Reader
from ocr.engines.reader.letters import known
from ocr.geometry import Box
from ocr.lines import find_lines
from ocr.opening import Limits, Source, find_sources, open_page
from ocr.opening.raw import Image as Pixels
from ocr.page import Engine, ReadPage
from ocr.reading import ReadingSettings, read_page
from samples.scanner import OLD_PAPER, PAPER, Scan, black_and_white, scanned
from samples.sheet import SCAN_DPI
from tests.benchmarks.unlike.papers import Composer
from tests.benchmarks.unlike.reading import SYSTEM_FONTS
from tests.benchmarks.unlike.sheet import Printed, Sheet, families

NEAR = 2.0  # points that count as in place
INSIDE = 0.5  # of a word's place that a line must cover
LEVEL = 0.05  # degrees: a page found to lean more was turned, and its places with it
AIR = 1.0  # points around a mark within which ink may run into it
RESOLUTIONS = (100, 150, 200, 200, 300)  # dpi; laws ask for 200
EDGES = ("left", "top", "right", "bottom")
LIMITS = Limits()
SETTINGS = ReadingSettings(jpeg_quality=80, min_dpi=200)


@dataclass
class Watched:
    """The product's reader, and the lines that were found on the working copy."""

    within: Reader
    lines: list[Box] = field(default_factory=list)
    width: int = 1  #: pixels of the working copy

    def describe(self) -> Engine:
        """See Recogniser.describe."""
        return self.within.describe()

    def read(self, grey: Pixels, *, dpi: float, source: str, page: int, scratch: Path) -> Reading:
        """See Recogniser.read."""
        if not self.lines:  # tilted print comes on a sheet of its own behind it
            self.lines, self.width = [line.box for line in find_lines(grey, dpi).lines], grey.shape[1]
        return self.within.read(grey, dpi=dpi, source=source, page=page, scratch=scratch)


@dataclass(frozen=True, slots=True)
class Place:
    """A printed word, and what was found there."""

    word: Printed
    look: str  #: of the scan: "1-bit, 100 dpi"
    kind: str  #: of the type: "serif bold"
    covered: bool  #: by a seal, a stamp or a pen
    in_line: bool
    found: Box | None  #: of the word that was read, points; None where none was read so

    @property
    def off(self) -> tuple[float, ...]:
        """How far each of EDGES lies off its ink, points; positive is outward."""
        assert self.found is not None
        (a0, b0, a1, b1), (x0, y0, x1, y1) = self.found, self.word.box
        return x0 - a0, y0 - b0, a1 - x1, b1 - y1


def places(sheet: Sheet, page: ReadPage, lines: Sequence[Box], look: str) -> Iterator[Place]:
    """The words of a sheet; lines: points of the sheet."""
    read = [
        (known(word.text), word.box.in_points(page.facts.dpi)) for line in page.lines for word in line.words
    ]  # fmt: skip
    marks = [Box(x0 - AIR, y0 - AIR, x1 + AIR, y1 + AIR) for x0, y0, x1, y1 in sheet.pressed]
    for word in sheet.printed:
        if not word.black or not known(word.text):
            continue
        area = word.box.width * word.box.height
        inside = any(line.overlap(word.box) > INSIDE * area for line in lines)
        here = [box for text, box in read if text == known(word.text) and box.overlap(word.box) > 0]
        best = max(here, key=word.box.overlap, default=None)
        kind = f"{sheet.family.kind} {word.face.name.lower().replace('_', ' ')}"
        yield Place(word, look, kind, any(mark.overlap(word.box) for mark in marks), inside, best)


def scan(sheet: Sheet, composer: Composer) -> tuple[bytes, str]:
    """A level scan of a sheet as a PDF, and what it is like."""
    random, noise = composer.random, composer.noise
    how = Scan(noise=random.uniform(1, 5), paper=random.choice((PAPER, OLD_PAPER)), blur=random.uniform(0.3, 0.9))
    page, dpi, look = scanned(sheet.image, how, noise), random.choice(RESOLUTIONS), random.random()
    if dpi != SCAN_DPI:
        size = (round(page.width * dpi / SCAN_DPI), round(page.height * dpi / SCAN_DPI))
        page = page.resize(size, Image.Resampling.BICUBIC)
    name = "1-bit" if look < 0.2 else "grey" if look < 0.4 else "colour"
    page = black_and_white(page) if name == "1-bit" else page.convert("L") if name == "grey" else page
    out = io.BytesIO()
    page.save(out, "PDF", resolution=dpi, **({} if page.mode == "1" else {"quality": random.randrange(45, 92)}))
    return out.getvalue(), f"{name}, {dpi} dpi"


def read(pdf: bytes, reader: Reader, folder: Path) -> tuple[ReadPage, list[Box]]:
    """A scan as the product reads it, and the lines found, in points."""
    file = folder / "scan.pdf"
    file.write_bytes(pdf)
    watched = Watched(reader)
    (source,) = (one for one in find_sources([file], unpack_to=folder, limits=LIMITS) if isinstance(one, Source))
    raw = open_page(source, 1, limits=LIMITS, raster_dpi=300)
    page = read_page(raw, watched, SETTINGS, source=source.name, out=folder)
    return page, [box.in_points(page.facts.dpi * watched.width / page.facts.width) for box in watched.lines]


def picture(page: ReadPage, place: Place) -> np.ndarray:
    """The word with its true place in green and the one found in red."""
    image, scale = cv2.imread(str(page.image)), page.facts.dpi / 72
    boxes = [(place.word.box, (0, 160, 0))] + ([(place.found, (0, 0, 255))] if place.found else [])
    enlarged = max(1, round(300 / page.facts.dpi)) * 2
    x0, y0, x1, y1 = (
        int(edge * scale) for edge in
        (place.word.box.x0 - 40, place.word.box.y0 - 25, place.word.box.x1 + 40, place.word.box.y1 + 25)
    )  # fmt: skip
    x0, y0 = max(0, x0), max(0, y0)
    part = cv2.resize(image[y0:y1, x0:x1], None, fx=enlarged, fy=enlarged, interpolation=cv2.INTER_CUBIC)
    for box, colour in boxes:
        ends = [
            (round((x * scale - x0) * enlarged), round((y * scale - y0) * enlarged))
            for x, y in (box[:2], box[2:])
        ]  # fmt: skip
        cv2.rectangle(part, ends[0], ends[1], colour, 1)
    return part


def share_near(found: Iterable[Place]) -> tuple[int, float, float]:
    """How many, the share with all edges in place, the worst edge's 99th percentile in points."""
    worst = np.array([max(map(abs, one.off)) for one in found])
    return len(worst), float((worst <= NEAR).mean()), float(np.percentile(worst, 99))


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    reader, every = Reader(), []
    whole, hands = families((SYSTEM_FONTS, *given.fonts))
    for index in range(given.papers):
        composer = Composer(whole, hands, given.seed * 100_000 + index)
        for number, sheet in enumerate(composer.paper().sheets):
            pdf, look = scan(sheet, composer)
            with tempfile.TemporaryDirectory() as folder:
                page, lines = read(pdf, reader, Path(folder))
                if page.facts.rotation or abs(page.facts.skew) > LEVEL:
                    print(f"{index}: turned by {page.facts.rotation} and {page.facts.skew}, left out")
                    continue
                for place in places(sheet, page, lines, look):
                    every.append(place)
                    lost = not place.in_line
                    if not lost and (place.found is None or max(map(abs, place.off)) <= NEAR or place.covered):
                        continue
                    off = "lost" if lost else " ".join(f"{value:.1f}" for value in place.off)
                    what = f"{look}, {place.kind}{', covered' if place.covered else ''}, {sheet.family.name}"
                    print(f"{index}.{number} {what}: {place.word.text} {off}", flush=True)
                    if given.keep:
                        given.keep.mkdir(parents=True, exist_ok=True)
                        name = f"{'lost' if lost else 'off'}-{index}-{number}-{len(every)}.png"
                        cv2.imwrite(str(given.keep / name), picture(page, place))
    report(every)


def report(every: Sequence[Place]) -> None:
    """Print the tables."""
    for title, covered in (("black print", False), ("under seals, stamps and pens", True)):
        some = [one for one in every if one.covered == covered]
        lost = sum(not one.in_line for one in some)
        print(f"{title}: {lost} of {len(some)} words in no line ({lost / max(1, len(some)):.2%})")
    compared = [one for one in every if one.found is not None and not one.covered]
    otherwise = sum(one.found is None and one.in_line and not one.covered for one in every)
    print(f"{otherwise} read otherwise or in other parts, not compared")
    groups: dict[str, list[Place]] = defaultdict(list)
    for one in compared:
        for name in ("all", *one.look.split(", "), one.kind):
            groups[name].append(one)
    print("\n| boxes | words | within 2 pt | p99, pt |\n| --- | --- | --- | --- |")
    for name, some in sorted(groups.items(), key=lambda item: (item[0] != "all", item[0])):
        count, near, worst = share_near(some)
        print(f"| {name} | {count:,} | {near:.2%} | {worst:.2f} |")
    for edge, values in zip(EDGES, np.array([one.off for one in compared]).T, strict=True):
        far = float((np.abs(values) > NEAR).mean())
        print(f"{edge}: median {np.median(values):+.2f} pt, farther off than {NEAR:.0f} pt {far:.2%}")


if __name__ == "__main__":
    main()
