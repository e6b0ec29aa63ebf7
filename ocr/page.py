"""A page as a value: what is known of it after each step.

Everything here is frozen and survives JSON (`dump_page`, `load_page`), so that a page that was read once need not
be read again after a kill, and so that fields can be read again without OCR.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter

from ocr.geometry import Box


class Colour(StrEnum):
    """What the scanner kept of the paper's colours."""

    COLOUR = "colour"
    GREY = "grey"
    BILEVEL = "bilevel"  # black and white only: no colour cue parts seals from print


class TextLayer(StrEnum):
    """The text that a PDF page brought along."""

    NONE = "none"
    STAMP_ONLY = "stamp only"  # an electronic signature's caption and nothing else
    UNUSABLE = "unusable"  # somebody's hidden OCR without Vietnamese letters, or torn to pieces
    GOOD = "good"  # born digital: kept, not recognised again


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A run of letters without a blank."""

    text: str  #: NFC
    box: Box  #: stored-page pixels
    confidence: float  #: 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words on one baseline within one column, left to right."""

    words: tuple[Word, ...]
    box: Box
    block: int  #: lines of one block (paragraph, column, cell) share it; blocks count in reading order

    @property
    def text(self) -> str:
        """The words with single blanks between."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean of the words', weighted by their letters; 0 for an empty line."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / letters if letters else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Barcode:
    """A QR or bar code on the page."""

    text: str
    format: str  #: as zxing-cpp names it: QRCode, Code128 …
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What recognised a page, exactly enough to tell two results apart."""

    name: str  #: "tesseract", "pdf text"
    version: str
    model: str  #: SHA-256 of the model's file, or "" where there is none
    settings: str  #: language and mode, as given to the engine


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What was found on the scan, before any text is looked at."""

    number: int  #: within the source, from 1
    width: int  #: stored page, pixels
    height: int
    dpi: float  #: of the stored page; the scanner's claim where it is believable, else estimated
    colour: Colour
    rotation: int = 0  #: degrees the scan's content was turned counter-clockwise: 0, 90, 180, 270
    rotation_confidence: float = 1.0
    skew: float = 0.0  #: degrees counter-clockwise that remained after `rotation`
    blank: bool = False
    text_layer: TextLayer = TextLayer.NONE
    skew_confidence: float = 0.0  #: 0 where no lines stood out and nothing was done
    residual_skew: float = 0.0  #: of the stored page, degrees counter-clockwise, measured again after levelling
    sharpness: float = 0.0  #: 0 blurred to 1 crisp: how steep the edges of print are
    contrast: float = 0.0  #: 0 to 1: paper's tone less the print's
    fill: float = 0.0  #: share of the page that bears ink
    crop: Box | None = None  #: what holds all ink, where there is any
    seals: tuple[Box, ...] = ()  #: red agency seals, round or square
    stamps: tuple[Box, ...] = ()  #: other coloured stamps: arrival, copy, names and titles, electronic signatures
    signatures: tuple[Box, ...] = ()  #: large free strokes, mostly over a name
    handwriting: tuple[Box, ...] = ()  #: numbers, days, remarks: by their colour or by the reader
    red_print: tuple[Box, ...] = ()  #: lines printed or stamped in red letters: HỎA TỐC, MẬT
    codes: tuple[Box, ...] = ()  #: QR and bar codes
    rules: tuple[Box, ...] = ()  #: straight printed lines
    tables: tuple[Box, ...] = ()  #: grids of rules
    kept_bytes: bool = False  #: the stored image holds the scanner's own bytes: neither turned nor levelled
    scan_again: str = ""  #: why this page should be scanned again, in a clerk's words; "" where it need not
    left_over: tuple[Box, ...] = ()  #: letter-sized ink outside all marks that the engine gave to no line
    notes: tuple[str, ...] = ()  #: for people: "below 200 dpi", "black and white", "repaired" …


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page upright and level with its text.

    `image` is the faithful page as it will be stored (JPEG; or PNG for black and white), upright and, where that
    helped, levelled; it holds the scanner's own bytes where nothing had to be done (`facts.kept_bytes`). All boxes
    are in its pixels.
    """

    facts: PageFacts
    image: Path
    image_sha256: str
    engine: Engine | None  #: None for a blank page
    lines: tuple[Line, ...] = ()  #: in reading order
    barcodes: tuple[Barcode, ...] = ()

    @property
    def text(self) -> str:
        """Lines joined by line ends, blocks by an empty line; NFC."""
        parts: list[str] = []
        for index, line in enumerate(self.lines):
            if index and line.block != self.lines[index - 1].block:
                parts.append("")
            parts.append(line.text)
        return unicodedata.normalize("NFC", "\n".join(parts))

    @property
    def confidence(self) -> float:
        """Mean confidence of the page's words, weighted by letters; 0 where nothing was read."""
        letters = [(word.confidence, len(word.text)) for line in self.lines for word in line.words]
        total = sum(count for _, count in letters)
        return sum(value * count for value, count in letters) / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPage:
    """A page that could not be read. It is counted and told, and the document goes on to review."""

    number: int  #: within the source, from 1
    error: str  #: what happened and what to do, for a person
    kind: str  #: class name of the error
    image: Path | None = None  #: the page as an image where at least that could be had
    image_sha256: str | None = None
    width: int = 0  #: pixels of `image`
    height: int = 0
    dpi: float = 0.0
    notes: tuple[str, ...] = field(default=())


Page = ReadPage | FailedPage

_READ_PAGE: TypeAdapter[ReadPage] = TypeAdapter(ReadPage)


def dump_page(page: ReadPage) -> bytes:
    """The page as JSON."""
    return _READ_PAGE.dump_json(page)


def load_page(data: bytes) -> ReadPage:
    """The page that `dump_page` wrote; raises pydantic.ValidationError for anything else."""
    return _READ_PAGE.validate_json(data)
