"""Small pages, made for the tests: paper with words on it, and what a recogniser would say of them."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from ocr.geometry import Box, around
from ocr.opening.raw import Image
from ocr.page import Colour, Engine, Line, PageFacts, ReadPage, Word
from ocr.pdf import PaperMetadata

FONT = ImageFont.truetype(
    "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf", 26, layout_engine=ImageFont.Layout.BASIC
)
WIDTH, HEIGHT, DPI = 827, 1169, 100.0  # A4
ENGINE = Engine(name="tesseract", version="5.3.0", model="ab" * 32, settings="vie, psm 3")
METADATA = PaperMetadata(
    title="Quyết định 12/QĐ-UBND về việc <thử> & đo",
    type="Quyết định",
    number="12/QĐ-UBND",
    date="2024-03-05",
    issuer="Ủy ban nhân dân xã Thử",
    subject="Về việc thử & đo",
    dossier_code="H99.01-240301-0001",
    source_name="chồng 1/tệp.pdf",
    source_sha256="cd" * 32,
    document_id="0123456789abcdef",
    tools=("sohoa 0.1.0", "tesseract 5.3.0"),
    created=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
)


def page(
    folder: Path, texts: Sequence[str], *, number: int = 1, colour: Colour = Colour.COLOUR, blocks: int = 2
) -> ReadPage:
    """A page with a printed line for each text, read without a fault; two lines make a block."""
    paper = PIL.Image.new("RGB", (WIDTH, HEIGHT), (250, 248, 240))
    pen = ImageDraw.Draw(paper)
    lines = []
    for index, text in enumerate(texts):
        x, y, words = 80.0, 80.0 + 48 * index, []
        for word in text.split():
            box = Box(*pen.textbbox((x, y), word, font=FONT))
            pen.text((x, y), word, font=FONT, fill=(20, 20, 30))
            words.append(Word(text=word, box=box, confidence=0.9))
            x = box.x1 + 8
        lines.append(Line(words=tuple(words), box=around(word.box for word in words), block=index // blocks))
    file = folder / f"page-{number:05}.{'png' if colour is Colour.BILEVEL else 'jpg'}"
    if colour is Colour.BILEVEL:
        paper.convert("L").point(lambda tone: 255 if tone > 128 else 0).convert("1").save(file)
    else:
        paper.save(file, quality=80)
    return ReadPage(
        facts=PageFacts(number=number, width=WIDTH, height=HEIGHT, dpi=DPI, colour=colour),
        image=file,
        image_sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        engine=ENGINE,
        lines=tuple(lines),
    )


def rendered(pdf: Path, *, width: int) -> Image:
    """The first page as poppler draws it: blue, green, red."""
    target = pdf.with_suffix("")
    command = ["pdftoppm", "-singlefile", "-scale-to-x", str(width), "-scale-to-y", "-1", pdf, target]
    subprocess.run(command, check=True)
    return np.asarray(cv2.imread(str(pdf.with_suffix(".ppm"))), dtype=np.uint8)


def poppler_text(pdf: Path, *options: str) -> list[str]:
    """The text of each page by pdftotext."""
    command = ["pdftotext", *options, pdf, "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\f")[:-1]


def poppler_words(pdf: Path) -> list[list[tuple[str, Box]]]:
    """Words and their places in points from the upper left corner, page by page, by pdftotext."""
    command = ["pdftotext", "-bbox", "-raw", pdf, "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: list[list[tuple[str, Box]]] = []
    for line in said.splitlines():
        if "<page " in line:
            found.append([])
        elif match := re.search(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*)</word>', line):
            found[-1].append((unescape(match[5]), Box(*map(float, match.groups()[:4]))))
    return found
