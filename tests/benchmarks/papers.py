"""Tries imaging and Tesseract on papers unlike the corpora's: other faces, sizes, forms, faxes, photos.

    python -m tests.benchmarks.papers [--only KIND]

Each kind is typeset once and dirtied, turned by each quarter (right, or doubted and offered), leaned by three angles
(worst error), and read upright: line CER is the edit distance of each printed line to its best place in the text.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ocr.engines.tesseract import Tesseract
from ocr.imaging.preparing import prepare
from ocr.opening.raw import Image, RawPage
from ocr.page import Colour
from ocr.reading import ReadingSettings, read_page
from tests.ocr.imaging.paper import BLUE, RED, TEXT, Sheet, grainy, leaning, scanned, turned
from tests.ocr.imaging.test_photo import photographed

FORM = (
    "Họ và tên: ................................................",
    "Ngày sinh: ........./......../........ Dân tộc: ...........",
    "Nơi thường trú: ...........................................",
    "Nội dung đề nghị giải quyết: ..............................",
    "Tôi xin chịu trách nhiệm về lời khai trên.",
)
ROWS = [["Đơn vị", "Số hồ sơ", "Tỷ lệ", "Ghi chú"], *[["Phường Thử", "1.204", "97,5%", "đúng hạn"]] * 14]
LEANS = (-11.0, 0.8, 5.0)


def _fax(image: Image) -> Image:
    small = cv2.resize(image, None, fx=1, fy=0.5, interpolation=cv2.INTER_AREA)
    bits = np.where(grainy(small, spread=25) < 150, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(bits, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8)


def _stamped() -> Image:
    sheet = Sheet(dpi=200).print().write("HỎA TỐC", 150, 12, ink=RED, font="Serif-Bold", points=15)
    return np.minimum(sheet.colour, Sheet(dpi=200).seal(90, 90).signature(100, 90).colour)


KINDS: dict[str, tuple[Callable[[], Image], tuple[str, ...], float]] = {
    "serif 13 pt, 200 dpi": (lambda: grainy(Sheet(dpi=200).print().grey), TEXT, 200),
    "sans 13 pt, 200 dpi": (lambda: grainy(Sheet(dpi=200).print(font="Sans").grey), TEXT, 200),
    "typewriter 11 pt, 200 dpi": (lambda: Sheet(dpi=200).print(font="SansMono", points=11).grey, TEXT, 200),
    "bold 12 pt, 150 dpi": (lambda: Sheet(dpi=150).print(font="Serif-Bold", points=12).grey, TEXT, 150),
    "serif 9 pt, 150 dpi": (lambda: Sheet(dpi=150).print(points=9, leading=5).grey, TEXT, 150),
    "serif 13 pt, 100 dpi": (lambda: Sheet(dpi=100).print().grey, TEXT, 100),
    "pale carbon copy": (lambda: grainy(Sheet(dpi=200).print(ink=(200, 198, 205)).colour, spread=2), TEXT, 200),
    "blue typing": (lambda: Sheet(dpi=200).print(ink=BLUE).colour, TEXT, 200),
    "seal, pen, urgency": (_stamped, (*TEXT, "HỎA TỐC"), 200),
    "1-bit fax, 200 by 100": (lambda: _fax(Sheet(dpi=200).print().grey), TEXT, 200),
    "form with dotted lines": (lambda: Sheet(dpi=200).print(FORM, leading=11).grey, FORM, 200),
    "wide table": (lambda: Sheet(dpi=200).table(20, 30, ROWS, wide=42).grey, (*ROWS[0], *ROWS[1]), 200),
    "heading alone": (lambda: Sheet(dpi=200).print(TEXT[:2], y=130).grey, TEXT[:2], 200),
    "photo from aside": (lambda: photographed(Sheet().print().print(y=150).colour), TEXT, 0),
    "photo of a curled sheet": (lambda: photographed(Sheet().print().print(y=150).colour, bow=0.015), TEXT, 0),
}


def main() -> None:
    """Print a row a kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    print(f"{'paper':26} {'turns':>12} {'lean error':>11} {'line CER':>9}")
    for name, (make, lines, dpi) in KINDS.items():
        if given.only in name:
            print(_row(name, make(), lines, dpi), flush=True)


def _row(name: str, image: Image, lines: tuple[str, ...], dpi: float) -> str:
    found = [(turn, prepare(_raw(turned(image, turn), dpi), min_dpi=200)) for turn in (0, 90, 180, 270)]
    right = sum(page.facts.rotation == turn for turn, page in found)
    offered = sum(page.facts.rotation != turn and turn in page.other_turns for turn, page in found)
    errors = [
        abs(prepare(_raw(leaning(image, lean), dpi), min_dpi=200, rotation=0).facts.skew - lean)
        for lean in (LEANS if dpi else ())
    ]
    with tempfile.TemporaryDirectory() as out:
        settings = ReadingSettings(jpeg_quality=85, min_dpi=200)
        text = read_page(_raw(image, dpi), Tesseract(), settings, source=name, out=Path(out)).text
    lean = f"{max(errors):.3f}°" if errors else "-"
    return f"{name:26} {right}+{offered} of 4 {lean:>14} {_line_cer(lines, text):>9.4f}"


def _raw(image: Image, dpi: float) -> RawPage:
    if dpi:
        return scanned(image, dpi=dpi, bilevel=image.ndim == 2 and len(np.unique(image)) == 2)
    return RawPage(number=1, image=image, dpi=158.0, dpi_is_known=False, colour=Colour.COLOUR)


def _line_cer(lines: tuple[str, ...], text: str) -> float:
    flat = " ".join(text.split())
    wrong = 0
    for line in lines:
        place = fuzz.partial_ratio_alignment(line, flat)
        best = flat[place.dest_start : place.dest_end] if place else ""
        wrong += min(len(line), Levenshtein.distance(line, best))
    return wrong / max(1, sum(map(len, lines)))


if __name__ == "__main__":
    main()
