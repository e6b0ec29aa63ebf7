"""Pages made up from lines with places, as an engine would give them, without typesetting and reading anything.

Places are shares of an A4 page; sizes are points. Words sit on their line's baseline as print does: capitals and
digits are 0.68 of the size high, accents of capitals and tails of letters go beyond.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ocr.geometry import Box, around
from ocr.page import Barcode, Colour, Engine, FailedPage, Line, PageFacts, ReadPage, TextLayer, Word

DPI = 200.0
WIDTH, HEIGHT = 1654, 2339  # A4 at DPI
TESSERACT = Engine(name="tesseract", version="5.3.0", model="", settings="-l vie")
CLEAR = 0.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of print, or a part of one."""

    words: str
    y: float  #: share of the height, of the baseline
    x: float | None = None  #: share of the width, where it begins
    centre: float | None = None  #: … or where its middle is
    size: float = 13.0  #: points
    confidence: float = CLEAR
    written: bool = False  #: by hand: larger, off the baseline, badly read


def printed(words: str, y: float, **more: object) -> Text:
    """A printed line."""
    return Text(words=words, y=y, **more)  # type: ignore[arg-type]


def page(*texts: Text | Sequence[Text], number: int = 1, **facts: object) -> ReadPage:
    """A page of lines; a sequence of texts is one line of several parts.

    facts: of `PageFacts`; `codes`: texts of QR codes.
    """
    codes = facts.pop("codes", ())
    assert isinstance(codes, tuple | list)
    lines = tuple(_line([part] if isinstance(part, Text) else part, block) for block, part in enumerate(texts))
    boxes = Box(1200.0, 300.0, 1400.0, 500.0)
    known = PageFacts(number=number, width=WIDTH, height=HEIGHT, dpi=DPI, colour=Colour.COLOUR, **facts)  # type: ignore[arg-type]
    return ReadPage(
        facts=known,
        image=Path(f"page-{number:05}.jpg"),
        image_sha256="",
        engine=TESSERACT,
        lines=lines,
        barcodes=tuple(Barcode(text=code, format="QRCode", box=boxes) for code in codes),
    )


def blank(number: int) -> ReadPage:
    """A blank back."""
    facts = PageFacts(number=number, width=WIDTH, height=HEIGHT, dpi=DPI, colour=Colour.COLOUR, blank=True)
    return ReadPage(facts=facts, image=Path("blank.jpg"), image_sha256="", engine=None)


def failed(number: int) -> FailedPage:
    """A page that could not be read."""
    return FailedPage(number=number, error=f"page {number}: the engine failed", kind="EngineFailed")


def born_digital(made: ReadPage) -> ReadPage:
    """The same page with its own text."""
    engine = Engine(name="pdf text", version="", model="", settings="")
    return replace(made, facts=replace(made.facts, text_layer=TextLayer.GOOD), engine=engine)


def _line(parts: Sequence[Text], block: int) -> Line:
    words = [word for part in parts for word in _words(part)]
    return Line(words=tuple(words), box=around(word.box for word in words), block=block)


def _words(text: Text) -> list[Word]:
    em = text.size / 72 * DPI
    texts = text.words.split()
    widths = [sum(_width(letter) for letter in word) * em for word in texts]
    total = sum(widths) + 0.25 * em * (len(texts) - 1)
    left = (text.centre or 0.5) * WIDTH - total / 2 if text.x is None else text.x * WIDTH
    words = []
    for word, width in zip(texts, widths, strict=True):
        words.append(_word(word, left, width, em, text))
        left += width + 0.25 * em
    return words


def _word(word: str, left: float, width: float, em: float, text: Text) -> Word:
    foot = text.y * HEIGHT
    high, low = 0.68 * em, 0.0
    if any(letter.isupper() and unicodedata.decomposition(letter) for letter in word):
        high = 0.85 * em
    if set(word) & set("gqpyQ,;"):
        low = 0.18 * em
    confidence = text.confidence
    if text.written:
        high, low, confidence = 0.9 * em, 0.3 * em, min(confidence, 0.6)
    box = Box(left, foot - high, left + width, foot + low)
    return Word(text=unicodedata.normalize("NFC", word), box=box, confidence=confidence)


def _width(letter: str) -> float:
    return 0.7 if letter.isupper() else 0.28 if letter in ".,:;/'-|" else 0.5


def head(
    *,
    issuer: Sequence[str],
    number: Text | Sequence[Text] | str | None,
    date: Text | Sequence[Text] | str | None,
    top: float = 0.06,
    nation: str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    motto: str = "Độc lập - Tự do - Hạnh phúc",
) -> list[Text | Sequence[Text]]:
    """The two columns of a head: bodies and number to the left, nation, motto and date to the right."""
    lines: list[Text | Sequence[Text]] = [
        printed(name, top + 0.018 * row, centre=0.3, size=12) for row, name in enumerate(issuer)
    ]
    lines += [printed(nation, top, centre=0.7, size=12), printed(motto, top + 0.018, centre=0.7)]
    below = top + 0.018 * max(2, len(issuer)) + 0.012
    if number is not None:
        lines.append(printed(number, below, centre=0.3) if isinstance(number, str) else number)
    if date is not None:
        lines.append(printed(date, below, centre=0.7) if isinstance(date, str) else date)
    return lines


def body(*paragraphs: str, top: float, letters: int = 84) -> list[Text]:
    """Running text: first lines indented, the rest from the left margin."""
    lines: list[Text] = []
    y = top
    for paragraph in paragraphs:
        row: list[str] = []
        first = True
        for word in [*paragraph.split(), ""]:
            if word and len(" ".join([*row, word])) <= letters - (6 if first else 0):
                row.append(word)
                continue
            if row:
                lines.append(printed(" ".join(row), y, x=0.19 if first else 0.14))
                y += 0.02
            row, first = [word], False
    return lines


def signature(
    *titles: str, name: str, top: float, recipients: Sequence[str] = ("- Như trên;", "- Lưu: VT.")
) -> list[Text]:
    """Recipients to the left, titles and name to the right."""
    lines = [printed("Nơi nhận:", top, x=0.14, size=12)] if recipients else []
    lines += [printed(line, top + 0.016 * (row + 1), x=0.14, size=11) for row, line in enumerate(recipients)]
    lines += [printed(title, top + 0.02 * row, centre=0.74, size=13) for row, title in enumerate(titles)]
    return [*lines, printed(name, top + 0.02 * len(titles) + 0.09, centre=0.74)] if name else lines
