"""Lines as the product will see them: strips through its own cleaning, line finder and crops, with what they say."""

from __future__ import annotations

import json
import random as randomness
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.engines.reader.letters import CLASS_OF, HANDWRITING
from ocr.imaging.ink import levelled_light, without_colour
from ocr.lines import CROP_HEIGHT, FoundLine, cut_out, find_lines
from ocr.opening.raw import Image as Pixels
from training.fonts import Face
from training.looks import ONE_BIT, scanned
from training.sheets import Typesetter
from training.strips import Placed, Strip
from training.wording import Texts, load_texts

GLYPH_PIXELS = 4_000_000  # a few fonts hold glyphs that are miles wide at some sizes: such strips are dropped
WIDEST = 1500  # pixels of a crop
STRETCH = (0.9, 1.1)  # of a crop's width, at random
INSIDE, OUTSIDE = 0.8, 0.2  # share of a word within a crop from which it belongs to it, to which it does not
_LEADER = re.compile(r"[.…]{2,}\.{2,}|…{2,}|\.{4,}")
PEN_INK = 140  # grey of a pen's layer that is ink
SEEN, GONE = 170, 220  # median grey of a pen's ink after cleaning: seen below the one, gone above the other
UNKNOWN = "\ufffd"  # no letter: a line with it is left out
EMPTY_KEPT = 0.3  # share of the crops without text that are kept: enough to learn silence


@dataclass(frozen=True, slots=True)
class Sample:
    """A crop and what it says."""

    image: Pixels  #: (CROP_HEIGHT, width)
    text: str
    face: Face | None  #: of the strip that it was cut from
    look: str  #: of the scan: "150 dpi", "1-bit"
    spoilt: frozenset[str] = frozenset()  #: what befell the scan, of training.looks.SPOILT
    stretch: float = 1.0  #: times the width that the product would have given it


def load_faces(data: Path) -> list[Face]:
    """All faces of a folder of training data."""
    return [Face(**values) for values in json.loads((data / "fonts.json").read_text())]


def samples(data: Path, seed: int, *, kept_out: bool = False) -> Iterator[Sample]:
    """Samples without end; the same for the same seed and data.

    kept_out: from the families kept for evaluation alone.
    """
    faces = [face for face in load_faces(data) if face.kind == "hand" or face.kept_out == kept_out]
    texts: Texts = load_texts(data)
    random, noise = randomness.Random(seed), np.random.default_rng(seed)
    typesetter = Typesetter(faces, texts, random)
    while True:
        try:
            with _small_glyphs():
                strip = typesetter.strip()
        except Image.DecompressionBombError:
            continue
        scan = scanned(strip, random, noise)
        look = "1-bit" if ONE_BIT in scan.spoilt else f"{scan.dpi:.0f} dpi"
        for image_of_line, text in lines_of(strip, scan.image, scan.dpi, scan.where):
            if (not text and random.random() > EMPTY_KEPT) or not CLASS_OF.keys() >= set(text):
                continue
            stretch = random.uniform(*STRETCH)
            width = round(image_of_line.shape[1] * stretch)
            if len(text) * 4 <= width <= WIDEST:
                yield Sample(_resized(image_of_line, width), text, strip.face, look, scan.spoilt, stretch)


@contextmanager
def _small_glyphs() -> Iterator[None]:
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, GLYPH_PIXELS
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _resized(image: Pixels, width: int) -> Pixels:
    how = cv2.INTER_AREA if width < image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, CROP_HEIGHT), interpolation=how))


def lines_of(strip: Strip, image: Pixels, dpi: float, where: NDArray[np.float64]) -> Iterator[tuple[Pixels, str]]:
    """The crops of a scanned strip with their texts; those that hold half a word or two lines are left out."""
    grey = levelled_light(without_colour(image), dpi)
    found = find_lines(grey, dpi)
    words = [(word, _moved(word, where)) for word in _with_pens_seen(strip, grey, where)]
    for index, line in enumerate(found.lines):
        text = _said(line, words)
        crop = cut_out(grey, found, index) if text is not None else None
        if crop is not None and text is not None:
            yield crop.image, text


def _with_pens_seen(strip: Strip, grey: Pixels, where: NDArray[np.float64]) -> list[Placed]:
    """The words, without the signs of hand-writing whose ink the cleaning took away; where it half did, unknown.

    A sign that stands for nothing on the crop teaches to see none: most blue pens fade over to paper.
    """
    if strip.pen is None:
        return strip.words
    pen = cv2.warpAffine(strip.pen, where, grey.shape[::-1], flags=cv2.INTER_LINEAR, borderValue=255)
    words = []
    for word in strip.words:
        if HANDWRITING in word.text:
            x0, y0, x1, y1 = (max(0, round(value)) for value in _moved(word, where))
            under = grey[y0:y1, x0:x1][pen[y0:y1, x0:x1] < PEN_INK]
            left = float(np.median(under)) if len(under) else 255.0
            sign = HANDWRITING if left < SEEN else "" if left > GONE else UNKNOWN
            word = replace(word, text=word.text.replace(HANDWRITING, sign))
        words.append(word)
    return words


def _moved(word: Placed, where: NDArray[np.float64]) -> tuple[float, float, float, float]:
    corners = np.array([[word.x0, word.y0, 1], [word.x1, word.y1, 1]]).T
    (x0, x1), (y0, y1) = where @ corners
    return float(x0), float(y0), float(x1), float(y1)


def _said(line: FoundLine, words: list[tuple[Placed, tuple[float, float, float, float]]]) -> str | None:
    """What a found line says; None where that cannot be told."""
    said: list[tuple[float, str]] = []
    rows = set()
    box = line.box
    for word, (x0, y0, x1, y1) in words:
        if not word.text or _LEADER.fullmatch(word.text):  # a line to write on says nothing, however much is seen
            continue
        middle = (y0 + y1) / 2
        if not box.y0 - 0.1 * box.height < middle < box.y1 + 0.1 * box.height:
            shared = min(box.y1, y1) - max(box.y0, y0)
            if shared > 0.6 * min(box.height, y1 - y0) and min(box.x1, x1) - max(box.x0, x0) > 0.5 * (x1 - x0):
                return None
            continue
        inside = (min(box.x1 + 1, x1) - max(box.x0 - 1, x0)) / max(1.0, x1 - x0)
        if OUTSIDE < inside < INSIDE:
            return None
        if inside >= INSIDE:
            if y1 - y0 < 0.8 * box.height and box.height > 2.2 * (y1 - y0) and len(word.text) > 2:
                return None
            said.append((x0, word.text))
            rows.add(word.line)
    if len(rows) > 1 and not _on_one_level(rows, words):
        return None
    return " ".join(text for _, text in sorted(said))


def _on_one_level(rows: set[int], words: list[tuple[Placed, tuple[float, float, float, float]]]) -> bool:
    levels = [places[3] for word, places in words if word.line in rows]
    heights = [places[3] - places[1] for word, places in words if word.line in rows]
    return max(levels) - min(levels) < 0.6 * max(heights)
