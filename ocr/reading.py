"""Reads one page: from the scanner's pixels to text with places, and the faithful image that will be stored."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from ocr.barcodes import read_barcodes
from ocr.engines import Reading, Recogniser
from ocr.errors import PageError
from ocr.geometry import Box, around
from ocr.imaging.coloured import Strip, back_on_page, sheet_of_tilted_print, with_level_print
from ocr.imaging.preparing import Prepared, prepare
from ocr.layout import in_reading_order
from ocr.opening.raw import Image, RawPage
from ocr.page import Barcode, Colour, Engine, FailedPage, Line, PageFacts, ReadPage, TextLayer

PDF_TEXT = Engine(name="pdf text", version="", model="", settings="")  # a born-digital page's own text
_TRIED = 0.97  # confidence of a turn that read better than the others
_LEGIBLE = 4.0  # letters surely read, below which no turn is believed
_BELIEVED = 0.5  # confidence of a tilted line's words, below which it was a drawing
_MUCH_LEFT = 40  # pieces of a page's ink in no line from which a person should look: a line or more
_FEWEST = 3  # letters of a tilted line


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
    lines: Sequence[Line] = ()
    engine: Engine | None = None
    if raw.text_layer is TextLayer.GOOD and raw.lines:
        lines, engine = raw.lines, PDF_TEXT
    elif not prepared.facts.blank:
        prepared, found = _better_read(raw, prepared, recogniser, settings, source=source, out=out)
        prepared = replace(prepared, facts=_with_what_was_not_read(prepared.facts, found))
        lines, engine = in_reading_order(found.lines), recogniser.describe()
    facts = prepared.facts
    codes: tuple[Barcode, ...] = ()
    if not facts.blank:
        codes = read_barcodes(prepared.faithful)
        facts = replace(facts, codes=tuple(code.box for code in codes), seals=_no_codes(facts.seals, codes))
    image, sha256 = _store(raw, prepared.faithful, facts, out, settings.jpeg_quality)
    return ReadPage(facts=facts, image=image, image_sha256=sha256, engine=engine, lines=tuple(lines), barcodes=codes)


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


def _better_read(
    raw: RawPage, prepared: Prepared, recogniser: Recogniser, settings: ReadingSettings, *, source: str, out: Path
) -> tuple[Prepared, Reading]:
    """The page in the turn that reads best: only where its pieces left doubt are others tried."""
    best, found = prepared, _recognise(prepared, recogniser, source=source, page=raw.number, out=out)
    for rotation in prepared.other_turns:
        other = prepare(raw, min_dpi=settings.min_dpi, rotation=rotation)
        read = _recognise(other, recogniser, source=source, page=raw.number, out=out)
        if _legibility(read.lines) > _legibility(found.lines):
            best, found = other, read
    if prepared.other_turns:
        facts = replace(best.facts, rotation_confidence=_TRIED if _legibility(found.lines) > _LEGIBLE else 0.5)
        best = replace(best, facts=facts)
    return best, found


def _legibility(lines: Sequence[Line]) -> float:
    """Letters in words that the engine is sure of; upside down it reads fewer and doubts them."""
    words = [word for line in lines for word in line.words if sum(map(str.isalnum, word.text)) >= 2]
    return sum(len(word.text) * max(0.0, word.confidence - 0.4) for word in words)


def _no_codes(seals: tuple[Box, ...], codes: tuple[Barcode, ...]) -> tuple[Box, ...]:
    """A QR code without colours can pass for a ring."""
    return tuple(
        seal
        for seal in seals
        if not any(seal.overlap(code.box) > 0.5 * code.box.width * code.box.height for code in codes)
    )


def _recognise(prepared: Prepared, recogniser: Recogniser, *, source: str, page: int, out: Path) -> Reading:
    """What the recogniser found in pixels of the stored page, those in coloured ink among them."""

    def back(box: Box) -> Box:
        return Box(*(value / prepared.scale for value in box))

    dpi, printed = prepared.facts.dpi, prepared.coloured_print
    copy = with_level_print(prepared.grey, prepared.faithful, printed, dpi=dpi, scale=prepared.scale)
    reading = recogniser.read(copy, dpi=prepared.grey_dpi, source=source, page=page, scratch=out)
    found = [_moved(line, back) for line in reading.lines]
    found = _without_smears(found, [line.box for line in printed if not line.sure])
    apart = sheet_of_tilted_print(prepared.faithful, printed, dpi=dpi)
    if apart is not None:
        sheet, strips = apart
        tilted = recogniser.read(sheet, dpi=dpi, source=source, page=page, scratch=out).lines
        found += [moved for line in tilted if (moved := _put_back(line, strips)) is not None]
    hands, loose = (tuple(back(box) for box in boxes) for boxes in (reading.handwriting, reading.left_over))
    return Reading(lines=tuple(found), handwriting=hands, left_over=loose)


def _with_what_was_not_read(facts: PageFacts, reading: Reading) -> PageFacts:
    """The facts with the hand-writing that the engine saw, and ink of no line outside all marks; much is told."""
    hands = [box for box in reading.handwriting if not _inside_any(box, facts.handwriting)]
    marks = (*facts.seals, *facts.stamps, *facts.signatures, *facts.handwriting, *hands, *facts.red_print)
    loose = tuple(box for box in reading.left_over if not _inside_any(box, marks))
    notes = facts.notes
    if len(loose) >= _MUCH_LEFT:
        notes = (*notes, f"{len(loose)} pieces of ink as large as letters belong to no line")
    return replace(facts, handwriting=(*facts.handwriting, *hands), left_over=loose, notes=notes)


def _without_smears(lines: list[Line], smears: Sequence[Box]) -> list[Line]:
    """The lines less doubtful words where coloured ink was taken for print on trial."""
    if not smears:
        return lines
    kept = []
    for line in lines:
        words = [word for word in line.words if word.confidence >= _BELIEVED or not _inside_any(word.box, smears)]
        if words:
            kept.append(replace(line, words=tuple(words), box=around(word.box for word in words)))
    return kept


def _inside_any(box: Box, places: Sequence[Box]) -> bool:
    return any(box.overlap(place) > 0.5 * box.width * box.height for place in places)


def _put_back(line: Line, strips: Sequence[Strip]) -> Line | None:
    """A line of the sheet of tilted print on the page; None where it was noise."""
    middle = line.box.centre[1]
    strip = next((one for one in strips if one.top <= middle <= one.bottom), None)
    if strip is None or line.confidence < _BELIEVED or sum(map(str.isalpha, line.text)) < _FEWEST:
        return None
    return _moved(line, lambda box: back_on_page(box, strip))


def _moved(line: Line, move: Callable[[Box], Box]) -> Line:
    words = tuple(replace(word, box=move(word.box)) for word in line.words)
    return replace(line, words=words, box=around(word.box for word in words))


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
