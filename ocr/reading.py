"""Reads one page: from the scanner's pixels to text with places, and the faithful image that will be stored."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ocr.barcodes import read_barcodes
from ocr.engines import Recogniser
from ocr.errors import PageError
from ocr.geometry import Box
from ocr.imaging.preparing import Prepared, prepare
from ocr.layout import in_reading_order
from ocr.opening.raw import Image, RawPage
from ocr.page import Colour, Engine, FailedPage, Line, PageFacts, ReadPage, TextLayer

PDF_TEXT = Engine(name="pdf text", version="", model="", settings="")  # a born-digital page's own text


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """What a province may choose about pages."""

    jpeg_quality: int  #: of the stored image where it had to be made anew, 1 to 100
    min_dpi: int  #: pages below it are marked for another scan


def read_page(raw: RawPage, recogniser: Recogniser, settings: ReadingSettings, *, source: str, out: Path) -> ReadPage:
    """Turn, level, clean and recognise a page; its stored image is `out/page-00001.jpg` (.png for black and white).

    source: for error messages. `out` must exist; what an earlier run left there is replaced whole.
    A blank page and a born-digital one are not recognised. Boxes are in pixels of the stored image.
    Raises EngineFailed, EngineTimeout, ProgramMissing, LanguageMissing; OSError where `out` cannot be written.
    """
    prepared = prepare(raw, min_dpi=settings.min_dpi)
    facts = prepared.facts
    image, sha256 = _store(raw, prepared.faithful, facts, out, settings.jpeg_quality)
    if facts.blank:
        return ReadPage(facts=facts, image=image, image_sha256=sha256, engine=None)
    codes = read_barcodes(prepared.faithful)
    facts = replace(facts, codes=tuple(code.box for code in codes))
    if raw.text_layer is TextLayer.GOOD:
        return ReadPage(
            facts=facts, image=image, image_sha256=sha256, engine=PDF_TEXT, lines=raw.lines, barcodes=codes
        )
    lines = _recognise(prepared, recogniser, source=source, page=raw.number, out=out)
    return ReadPage(
        facts=facts,
        image=image,
        image_sha256=sha256,
        engine=recogniser.describe(),
        lines=in_reading_order(lines),
        barcodes=codes,
    )


def keep_unread(raw: RawPage, error: PageError, *, out: Path, quality: int) -> FailedPage:
    """Keep a page that the recogniser failed on as an image, as it was scanned, with the reason."""
    facts = PageFacts(
        number=raw.number,
        width=raw.image.shape[1],
        height=raw.image.shape[0],
        dpi=raw.dpi,
        colour=raw.colour,
        kept_bytes=raw.jpeg is not None,
    )
    image, sha256 = _store(raw, raw.image, facts, out, quality)
    return FailedPage(
        number=raw.number,
        error=str(error),
        kind=type(error).__name__,
        image=image,
        image_sha256=sha256,
        width=facts.width,
        height=facts.height,
        dpi=raw.dpi,
        notes=raw.notes,
    )


def _recognise(prepared: Prepared, recogniser: Recogniser, *, source: str, page: int, out: Path) -> Sequence[Line]:
    """The recogniser's lines in pixels of the stored page."""
    with _working_copy(prepared.grey, out) as grey:
        lines = recogniser.read(grey, dpi=prepared.grey_dpi, source=source, page=page)
    return [_scaled(line, 1 / prepared.scale) for line in lines]


@contextmanager
def _working_copy(grey: Image, out: Path) -> Iterator[Path]:
    """An uncompressed file (PGM) of a grey image, removed after: encoding a PNG would take as long as reading it."""
    handle, name = tempfile.mkstemp(suffix=".pgm", prefix="working-", dir=out)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(f"P5 {grey.shape[1]} {grey.shape[0]} 255\n".encode())
            file.write(np.ascontiguousarray(grey).data)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _scaled(line: Line, factor: float) -> Line:
    if factor == 1:
        return line
    words = tuple(replace(word, box=Box(*(value * factor for value in word.box))) for word in line.words)
    return replace(line, words=words, box=Box(*(value * factor for value in line.box)))


def _store(raw: RawPage, image: Image, facts: PageFacts, out: Path, quality: int) -> tuple[Path, str]:
    """Write the faithful page whole or not at all; its path and SHA-256."""
    if facts.kept_bytes and raw.jpeg is not None:
        data, ending = raw.jpeg, ".jpg"
    else:
        data, ending = _encoded(image, facts.colour, quality)
    file = out / f"page-{facts.number:05}{ending}"
    write_whole(file, data)
    return file, hashlib.sha256(data).hexdigest()


def _encoded(image: Image, colour: Colour, quality: int) -> tuple[bytes, str]:
    """Black and white as PNG of one bit, all else as JPEG."""
    if colour is Colour.BILEVEL:
        done, data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 9])
        ending = ".png"
    else:
        done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        ending = ".jpg"
    if not done:
        raise ValueError(f"OpenCV does not encode an image of shape {image.shape}")
    return data.tobytes(), ending


def write_whole(file: Path, data: bytes) -> None:
    """Write a file so that after a kill or a power cut it is there whole or not at all."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as writer:
            writer.write(data)
            writer.flush()
            os.fsync(writer.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
