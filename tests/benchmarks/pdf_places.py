"""How near the words of the finished PDF lie to their ink.

    python -m tests.benchmarks.pdf_places FOLDER…

FOLDER: working folders of read pages (page-00001.json beside its image), as a batch leaves them.

Each page is assembled, rendered by poppler, and its words are taken from the PDF again, by pdftotext -bbox (boxes as
high as their font says) and by pdfium (boxes around the letters). The truth is the ink itself: dark connected pieces
of the rendered page whose middle lies within the word's box. Words that a seal, a stamp or a pen's stroke touches are
counted and left out: their ink hangs together with the mark's and tells nothing of the letters alone. Printed per
folder and reader: share of words of which all four edges lie within 3 points of their ink, and the worst edge's 99th
percentile.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
from PIL import Image

from ocr.geometry import Box
from ocr.page import ReadPage, load_page
from ocr.pdf import assemble
from tests.ocr.pdf.made import METADATA, poppler_words

RENDER_DPI = 150
PRINT = 1.0  # per cent of a page that is surely print: its tone tells how faint the page is
SMALLEST, LARGEST = 2, 60  # points: a piece of ink that is no speck and no rule
REACH = 3.0  # points that count as in place


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    total: dict[str, list[float]] = {}
    for folder in parser.parse_args().folders:
        for file in sorted(folder.glob("page*.json")):
            page = load_page(file.read_bytes())
            if page.lines:
                for reader, errors in measured(page).items():
                    total.setdefault(reader, []).extend(errors)
                    print(f"{folder.name} {file.stem} {reader}: {summary(errors)}")
    for reader, errors in total.items():
        print(f"all {reader}: {summary(errors)}")


def summary(errors: list[float]) -> str:
    """Share in place and the worst edge."""
    values = np.array(errors)
    share, worst = (values <= REACH).mean(), np.percentile(values, 99)
    return f"{share:.1%} of {len(values)} within {REACH:.0f} pt, p99 {worst:.1f} pt"


def measured(page: ReadPage) -> dict[str, list[float]]:
    """For each reader, the worst edge's distance from the ink in points, word by word."""
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "a.pdf"
        assemble([page], METADATA, pdf)
        pieces = list(ink(pdf))
        words = {"poppler": poppler_words(pdf)[0], "pdfium": pdfium_words(pdf)}
    facts = page.facts
    marks = [box.in_points(facts.dpi) for box in (*facts.seals, *facts.stamps, *facts.signatures, *facts.handwriting)]
    return {
        reader: [error for _, box in found if not any(map(box.overlap, marks)) for error in distance(box, pieces)]
        for reader, found in words.items()
    }


def ink(pdf: Path) -> Iterator[Box]:
    """Pieces of ink on the first page, in points."""
    command = ["pdftoppm", "-r", str(RENDER_DPI), "-gray", "-singlefile", pdf, pdf.with_suffix("")]
    subprocess.run(command, check=True)
    grey = np.asarray(Image.open(pdf.with_suffix(".pgm")))
    paper = cv2.morphologyEx(cv2.medianBlur(grey, 5), cv2.MORPH_CLOSE, np.ones((31, 31), np.uint8))
    tone = grey / np.maximum(paper, 1)
    dark = (tone < (1 + np.percentile(tone, PRINT)) / 2).astype(np.uint8)  # half-way from the paper to the print
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    for left, top, width, height, area in stats[1:]:
        box = Box(left, top, left + width, top + height).in_points(RENDER_DPI)
        if area >= 2 and box.width < LARGEST and box.height < LARGEST:
            yield box


def pdfium_words(pdf: Path) -> list[tuple[str, Box]]:
    """Words with the box around their letters, in points from the upper left corner."""
    words, current, corners = [], "", []
    with pypdfium2.PdfDocument(pdf) as document:
        height = document[0].get_height()
        text = document[0].get_textpage()
        for index in range(text.count_chars()):
            letter = text.get_text_range(index, 1)
            if letter.strip():
                current += letter
                corners.append(text.get_charbox(index))
            elif current:
                words.append((current, corners))
                current, corners = "", []
    if current:
        words.append((current, corners))
    return [
        (
            word,
            Box(
                min(c[0] for c in cs),
                height - max(c[3] for c in cs),
                max(c[2] for c in cs),
                height - min(c[1] for c in cs),
            ),
        )
        for word, cs in words
    ]


def distance(box: Box, pieces: list[Box]) -> Iterator[float]:
    """The worst edge of a word against its ink; nothing where there is no ink to compare with."""
    wide = Box(box.x0 - 1, box.y0 - SMALLEST, box.x1 + 1, box.y1 + SMALLEST)
    mine = [p for p in pieces if wide.x0 <= p.centre[0] <= wide.x1 and wide.y0 <= p.centre[1] <= wide.y1]
    if mine:
        around = Box(
            min(p.x0 for p in mine), min(p.y0 for p in mine), max(p.x1 for p in mine), max(p.y1 for p in mine)
        )
        yield max(abs(a - b) for a, b in zip(box, around, strict=True))


if __name__ == "__main__":
    main()
