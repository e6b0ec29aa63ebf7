"""Typeset lines in fonts kept out of training as the reader reads them and as Tesseract does, by what befell them.

    python -m training.beside --data build/training [--weights FILE.onnx] [--lines 2000] [--mode 7]

Both get the same crops, cut by the product's own line finder; Tesseract gets them in their true proportions with
white around, in its page mode for one line, through the product's own engine. The reader reads as in the product:
unsure lines again, then the syllables. Lines with hand-writing or without text are left out: Tesseract knows no such
class. Dashes of all lengths count as one and dotted leaders as nothing, for both.
"""

from __future__ import annotations

import argparse
import itertools
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.engines.reader import Reader
from ocr.engines.reader.letters import HANDWRITING, known
from ocr.engines.reader.network import WEIGHTS
from ocr.engines.tesseract import Tesseract
from ocr.lines import NARROWED, Crop
from ocr.opening.raw import Image as Pixels
from training.looks import SPOILT
from training.samples import Sample, samples

SEED = 7_000_007  # of the lines read; no training, calibration or evaluation uses it
WHITE = 10  # pixels around a crop, which Tesseract asks for
DPI = 200  # about what a crop of 12-point print has
_LEADER = re.compile(r"[.…]*(…|\.\.)[.…]*")


@dataclass(frozen=True, slots=True)
class Compared:
    """A line, read twice."""

    text: str
    spoilt: frozenset[str]
    ours: str
    theirs: str

    @property
    def errors(self) -> tuple[int, int]:
        """Letters too many, too few or wrong: of the reader, of Tesseract."""
        return Levenshtein.distance(self.ours, self.text), Levenshtein.distance(self.theirs, self.text)


def for_tesseract(sample: Sample) -> Pixels:
    """A crop in the proportions that its print had, white around."""
    height, width = sample.image.shape
    across = round(width / sample.stretch / NARROWED)
    true = cv2.resize(sample.image, (across, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.copyMakeBorder(true, *(WHITE,) * 4, cv2.BORDER_CONSTANT, value=255), np.uint8)


def compared(lines: Sequence[Sample], reader: Reader, tesseract: Tesseract) -> list[Compared]:
    """The lines as both read them."""
    crops = [Crop(image=one.image, x0=0.0, scale=1.0) for one in lines]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for one, letters in zip(lines, reader.read_crops(crops), strict=True):
            theirs = tesseract.read(for_tesseract(one), dpi=DPI, source="a line", page=1, scratch=Path(folder))
            said = " ".join(word.text for line in theirs.lines for word in line.words)
            ours = "".join(letter.text for letter in letters)
            found.append(Compared(plain(one.text), one.spoilt, plain(ours), plain(said)))
    return found


def plain(text: str) -> str:
    """A line's print in letters that both know."""
    return known(_LEADER.sub(" ", text).replace(HANDWRITING, ""))


def rows(lines: Iterable[Compared]) -> list[tuple[str, int, int, float, float]]:
    """Name, lines, letters and both letter errors: of clean lines, of spoilt ones, of each kind, of all."""
    lines = list(lines)
    groups: list[tuple[str, Callable[[Compared], bool]]] = [
        ("clean", lambda one: not one.spoilt),
        ("spoilt", lambda one: bool(one.spoilt)),
        *((f"- {name}", lambda one, name=name: name in one.spoilt) for name in SPOILT),
        ("all", lambda _: True),
    ]  # fmt: skip
    table = []
    for name, belongs in groups:
        group = [one for one in lines if belongs(one)]
        letters = sum(len(one.text) for one in group)
        if letters:
            ours, theirs = (sum(side) / letters for side in zip(*(one.errors for one in group), strict=True))
            table.append((name, len(group), letters, ours, theirs))
    return table


def main() -> None:
    """Print the table, and the lines that Tesseract read better."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--mode", type=int, default=7, help="Tesseract's page mode for one line: 13 is worse")
    given = parser.parse_args()
    printed = (one for one in samples(given.data, SEED, kept_out=True) if one.text and HANDWRITING not in one.text)
    lines = list(itertools.islice(printed, given.lines))
    found = compared(lines, Reader(given.weights), Tesseract(mode=f"--psm {given.mode}"))
    for one in found:
        if one.errors[0] > one.errors[1]:
            print(f"{one.errors[0]}:{one.errors[1]} {one.text} | {one.ours} | {one.theirs}")
    print("\n| lines | how many | letters | reader | Tesseract | ratio |\n| --- | --- | --- | --- | --- | --- |")
    for name, count, letters, ours, theirs in rows(found):
        print(f"| {name} | {count:,} | {letters:,} | {ours:.4f} | {theirs:.4f} | {ours / max(theirs, 1e-9):.2f} |")


if __name__ == "__main__":
    main()
