"""What is seen of a signature: some lines of black print, as a page of its own that is laid into the signed one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from ocr.pdf.notice import NoticeFont

FONT_FILE = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")  # Debian: fonts-dejavu-core
_FONT = "S"
_SIZE, _LEADING = 8.0, 10.0  # points; DejaVu Serif at 8 is as large as Times at 10 (NĐ 30/2020, Phụ lục I)
_EDGE = 3.0  # points around the lines
_DESCENT = 0.24  # of the size
_WIDEST = 190.0  # points of a line; a longer one is broken between words


@dataclass(frozen=True, slots=True)
class Stamp:
    """Lines of print and the box that they need, upright."""

    lines: tuple[str, ...]
    font: NoticeFont
    width: float  #: points
    height: float


def make_stamp(texts: Sequence[str]) -> Stamp:
    """Set the texts, each from a new line. Raises ProgramMissing where the font is not installed."""
    font = NoticeFont(list(texts), file=FONT_FILE)
    lines = tuple(line for text in texts for line in _broken(text, font))
    width = max(font.width(line) for line in lines) * _SIZE + 2 * _EDGE
    return Stamp(lines, font, width, _LEADING * len(lines) + 2 * _EDGE)


def _broken(text: str, font: NoticeFont) -> Iterator[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.width(longer) * _SIZE > _WIDEST:
            yield line
            line = word
        else:
            line = longer
    yield line


def write_stamp(stamp: Stamp, to: Path, *, turn: int, scale: float) -> None:
    """Write the stamp as a PDF of one page, as large as its box on the signed page.

    turn: degrees clockwise by which that page is turned for viewing; the print stands upright then.
    """
    width, height = stamp.width * scale, stamp.height * scale
    matrix = {
        0: (scale, 0, 0, scale, 0, 0),
        90: (0, scale, -scale, 0, height, 0),
        180: (-scale, 0, 0, -scale, width, height),
        270: (0, -scale, scale, 0, 0, width),
    }[turn]
    top = stamp.height - _EDGE - _LEADING + _DESCENT * _SIZE
    shown = "".join(f"<{stamp.font.encoded(line)}> Tj T*\n" for line in stamp.lines)
    placed = " ".join(f"{value:.4f}" for value in matrix)
    content = f"q {placed} cm BT 0 g /{_FONT} {_SIZE} Tf {_LEADING} TL {_EDGE} {top:.3f} Td\n{shown}ET Q\n"
    with pikepdf.new() as pdf:
        box = [0, 0, width, height] if turn % 180 == 0 else [0, 0, height, width]
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[round(value, 3) for value in box],
            Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary({f"/{_FONT}": stamp.font.embed(pdf)})),
            Contents=pdf.make_stream(content.encode("ascii")),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(to, deterministic_id=True)
