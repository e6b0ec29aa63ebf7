"""Measures imaging without recognising: turns, lean, blanks, seals against a corpus's truth, and the time it takes.

    python -m tests.benchmarks.imaging [CORPUS] [--real REAL]
    python -m tests.benchmarks.imaging --peak

CORPUS: docs/<id>/truth.json beside page images, stacks/<name>.pdf beside <name>.json (default ../shared/corpus).
REAL: pdf/ and labels.jsonl. A turn is right where it was found, or is among those offered for a page in doubt, which
are listed: there the better-read turn is kept. CPU time is of this process: decoding, imaging, and apart from it the
faithful page's warp and JPEG, which storage would need anyway. `A4 colour 300` is the figure with a goal: decoding
and imaging of such pages together, the faithful page left out. Prints what is wrong, then figures. --peak: memory of
a process that opens and prepares one made page in colour, A4 at 300 dpi, then A3 at 600.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

import cv2
import numpy as np
from PIL import Image as Picture

from ocr.geometry import Box
from ocr.imaging.orientation import find_turn
from ocr.imaging.pieces import find_pieces
from ocr.imaging.preparing import Prepared, prepare
from ocr.imaging.scale import PRINT_DPI, halved_to
from ocr.imaging.turning import place, placed
from ocr.opening import Limits, Source, count_pages, find_sources, open_page
from ocr.opening.raw import RawPage
from ocr.page import TextLayer
from ocr.process import settle

RASTER_DPI = 300
LEAST_SHARED = 0.5  # intersection over union from which a seal counts as found


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is known of a page; None where nothing is."""

    rotation: int | None = None
    skew: float | None = None
    blank: bool = False
    seal: Box | None = None


@dataclass(slots=True)
class Tally:
    """Figures of all pages."""

    turns: list[bool] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    skew_errors: list[float] = field(default_factory=list)
    blanks: list[tuple[bool, bool]] = field(default_factory=list)  #: is, found
    seals: list[float] = field(default_factory=list)  #: best overlap with each true seal
    decode: list[float] = field(default_factory=list)
    imaging: list[float] = field(default_factory=list)
    turning: list[float] = field(default_factory=list)
    storing: list[float] = field(default_factory=list)
    a4_colour_300: list[float] = field(default_factory=list)  #: decode and imaging of such pages alone
    a4_turning: list[float] = field(default_factory=list)  #: pieces and turn of such pages alone


def main() -> None:
    """Measure every page and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("../shared/corpus"))
    parser.add_argument("--real", type=Path)
    parser.add_argument("--peak", action="store_true")
    given = parser.parse_args()
    if given.peak:
        _print_peaks()
        return
    settle()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        for source, truths in _sources(given.corpus, given.real, Path(folder)):
            _measure(source, truths, tally)
    _print(tally)


def _sources(corpus: Path, real: Path | None, folder: Path) -> Iterator[tuple[Source, dict[int, Truth]]]:
    limits = Limits()
    paths = [corpus / "docs", *sorted((corpus / "stacks").glob("*.pdf"))]
    labels = _real_labels(real) if real else {}
    for found in find_sources([*paths, *([real / "pdf"] if real else [])], unpack_to=folder, limits=limits):
        if not isinstance(found, Source):
            continue
        first = found.files[0]
        if (first.parent / "truth.json").exists():
            yield found, _document_truth(first.parent / "truth.json")
        elif first.with_suffix(".json").exists():
            yield found, _stack_truth(first.with_suffix(".json"))
        elif first.name in labels:
            yield found, labels[first.name]


def _document_truth(file: Path) -> dict[int, Truth]:
    pages = json.loads(file.read_text())["pages"]
    return {
        number: Truth(
            rotation=page["rotation"], skew=page["skew"], seal=Box(*page["seal"]) if page.get("seal") else None
        )
        for number, page in enumerate(pages, 1)
    }


def _stack_truth(file: Path) -> dict[int, Truth]:
    stack = json.loads(file.read_text())
    truths = {page: Truth(blank=True) for page in stack["blank"]}
    for document in stack["documents"]:
        truths |= {
            page: Truth(rotation=turn) for page, turn in zip(document["pages"], document["rotation"], strict=True)
        }
    return truths


def _real_labels(real: Path) -> dict[str, dict[int, Truth]]:
    labels: dict[str, dict[int, Truth]] = {}
    for label in map(json.loads, (real / "labels.jsonl").read_text().splitlines()):
        pages = labels.setdefault(label["file"], {})
        for page in range(label["doc_pages"][0], label["doc_pages"][1] + 1):
            blank = page in label["blank_pages"]
            pages[page] = Truth(rotation=None if blank else label["rotate"].get(str(page), 0) % 360, blank=blank)
    return labels


def _measure(source: Source, truths: dict[int, Truth], tally: Tally) -> None:
    limits = Limits()
    for number in range(1, count_pages(source, limits=limits) + 1):
        start = time.process_time()
        raw = open_page(source, number, limits=limits, raster_dpi=RASTER_DPI)
        opened = time.process_time()
        page = prepare(raw, min_dpi=200)
        done = time.process_time()
        truth = truths.get(number)
        if truth is None or raw.text_layer is TextLayer.GOOD:
            continue
        turning, storing = _storage_time(raw, page)
        tally.decode.append(opened - start)
        tally.imaging.append(done - opened - turning)
        tally.turning.append(_turn_time(page))
        tally.storing.append(storing)
        height, width = raw.image.shape[:2]
        if raw.image.ndim == 3 and 290 <= raw.dpi <= 310 and 8e6 < height * width < 9.5e6:
            tally.a4_colour_300.append(done - start - turning)
            tally.a4_turning.append(tally.turning[-1])
        _compare(f"{source.name} {number}", page, truth, tally)


def _storage_time(raw: RawPage, page: Prepared) -> tuple[float, float]:
    """CPU-seconds of turning the faithful page, a part of imaging's time, and of that with the encoding."""
    if page.facts.kept_bytes or page.facts.blank:
        return 0.0, 0.0
    height, width = raw.image.shape[:2]
    degrees = page.facts.skew if page.facts.residual_skew != page.facts.skew else 0.0
    start = time.process_time()
    turned = placed(raw.image, place(width, height, rotation=page.facts.rotation, degrees=degrees))
    turned_at = time.process_time()
    cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return (turned_at - start if page.faithful is not raw.image else 0.0), time.process_time() - start


def _turn_time(page: Prepared) -> float:
    small, dpi = halved_to(page.grey, page.grey_dpi, PRINT_DPI)
    start = time.process_time()
    find_turn(find_pieces(small, dpi))
    return time.process_time() - start


def _compare(name: str, page: Prepared, truth: Truth, tally: Tally) -> None:
    facts = page.facts
    tally.blanks.append((truth.blank, facts.blank))
    if truth.blank != facts.blank:
        print(f"{name}: blank is {truth.blank}, found {facts.blank}")
    if truth.rotation is not None:
        right = facts.rotation == truth.rotation
        tally.turns.append(right or truth.rotation in page.other_turns)
        if page.other_turns:
            tally.doubted.append(name)
        if not right:
            print(f"{name}: turned by {truth.rotation}, found {facts.rotation} at {facts.rotation_confidence}")
    if truth.skew is not None:
        error = abs(facts.skew - truth.skew)
        tally.skew_errors.append(error)
        if error > 0.1:
            print(f"{name}: leans {truth.skew}, found {facts.skew} at {facts.skew_confidence}")
    if truth.seal is not None:
        best = max((_shared(truth.seal, seal) for seal in facts.seals), default=0.0)
        tally.seals.append(best)
        if best < LEAST_SHARED:
            print(f"{name}: seal at {truth.seal} not found, overlap {best:.2f}")


def _shared(one: Box, other: Box) -> float:
    both = one.overlap(other)
    return both / (one.width * one.height + other.width * other.height - both)


def _print(tally: Tally) -> None:
    is_blank = [found for blank, found in tally.blanks if blank]
    false = sum(found for blank, found in tally.blanks if not blank)
    print(f"pages            {len(tally.imaging)}")
    print(f"turn right       {sum(tally.turns)}/{len(tally.turns)}, of these doubted and read both ways:", end=" ")
    print(", ".join(tally.doubted) or "none")
    if tally.skew_errors:
        print(f"skew error       median {median(tally.skew_errors):.3f}°, worst {max(tally.skew_errors):.3f}°")
    print(f"blanks           found {sum(is_blank)}/{len(is_blank)}, false {false}")
    if tally.seals:
        found = sum(shared >= LEAST_SHARED for shared in tally.seals)
        print(f"seals            found {found}/{len(tally.seals)}, median overlap {median(tally.seals):.2f}")
    for name, seconds in (
        ("decode", tally.decode),
        ("imaging", tally.imaging),
        ("  of it turn", tally.turning),
        ("store apart", tally.storing),
        ("A4 colour 300", tally.a4_colour_300),
        ("  of it turn", tally.a4_turning),
    ):
        if seconds:
            print(f"{name:16} {1000 * mean(seconds):.0f} ms CPU a page, median {1000 * median(seconds):.0f}")
    print(f"peak memory      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


_ONE_PAGE = """
import sys
from pathlib import Path
from ocr.imaging.preparing import prepare
from ocr.opening import Kind, Limits
from ocr.opening.images import open_image
from ocr.process import settle
settle()
raw = open_image(Path(sys.argv[1]), Kind.JPEG, 0, limits=Limits(), source="made", number=1)
facts = prepare(raw, min_dpi=200).facts
status = Path("/proc/self/status").read_text()  # getrusage would tell what the mother had before this one began
peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
print(f"{facts.colour} {facts.width} x {facts.height} at {facts.dpi:.0f} dpi, lean {facts.skew}: peak {peak:.0f} MiB")
"""


def _print_peaks() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, size, dpi in (("A4", (2480, 3508), 300), ("A3", (7016, 9921), 600)):
            file = Path(folder) / f"{name}.jpg"
            file.write_bytes(_leaning_page(size, dpi))
            subprocess.run([sys.executable, "-c", _ONE_PAGE, str(file)], check=True)


def _leaning_page(size: tuple[int, int], dpi: int) -> bytes:
    """A JPEG of lines of letters and a red ring on grainy paper, 0.7 degrees askew, so that all steps are needed."""
    width, height = size
    paper = np.full((height, width, 3), (228, 238, 240), np.uint8)
    for y in range(dpi, height - dpi, dpi // 5):
        for x in range(dpi, width - dpi, dpi // 6):
            cv2.putText(
                paper, "aghn"[(x + y) % 4], (x, y), cv2.FONT_HERSHEY_SIMPLEX, dpi / 300, (30, 30, 30), dpi // 100
            )
    cv2.circle(paper, (width * 2 // 3, height * 3 // 4), round(0.7 * dpi), (60, 60, 210), dpi // 60)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 0.7, 1.0)
    leaning = cv2.warpAffine(paper, turn, size, borderMode=cv2.BORDER_REPLICATE)
    handle = io.BytesIO()
    Picture.fromarray(np.ascontiguousarray(np.asarray(leaning)[:, :, ::-1])).save(handle, "JPEG", dpi=(dpi, dpi))
    return handle.getvalue()


if __name__ == "__main__":
    main()
