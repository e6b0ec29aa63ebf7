"""What is seen of a signature: lines of black print, beside a seal where there is a picture of it.

It is a page of its own that is laid into the signed one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from ocr.pdf.font import embedded
from ocr.pdf.notice import NoticeFont
from ocr.signing.picture import SealPicture

FONT_FILE = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")  # Debian: fonts-dejavu-core
_FONT = "S"
_SIZE, _LEADING = 8.0, 10.0  # points; DejaVu Serif at 8 is as large as Times at 10 (NĐ 30/2020, Phụ lục I)
_EDGE = 3.0  # points around the lines
_DESCENT = 0.24  # of the size
_WIDEST = 190.0  # points of a line; a longer one is broken between words
_SEAL, _GAP = 46.0, 5.0  # points: a seal's height, and its distance from the print
_SEAL_NAME = "P"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Lines of print, perhaps a seal on their left, and the box that they need, upright."""

    lines: tuple[str, ...]
    font: NoticeFont
    width: float  #: points
    height: float
    seal: SealPicture | None = None

    @property
    def left(self) -> float:
        """Points from the box's edge to the print."""
        return _EDGE + (_SEAL * self.seal.share + _GAP if self.seal else 0.0)


def make_stamp(texts: Sequence[str], seal: SealPicture | None = None) -> Stamp:
    """Set the texts, each from a new line. Raises ProgramMissing where the font is not installed."""
    font = NoticeFont(list(texts), file=FONT_FILE)
    lines = tuple(line for text in texts for line in _broken(text, font))
    width = max(font.width(line) for line in lines) * _SIZE + 2 * _EDGE
    beside = _SEAL * seal.share + _GAP if seal else 0.0
    height = max(_LEADING * len(lines), _SEAL if seal else 0.0) + 2 * _EDGE
    return Stamp(lines, font, width + beside, height, seal)


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
    with pikepdf.new() as pdf:
        box = [0, 0, width, height] if turn % 180 == 0 else [0, 0, height, width]
        resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({f"/{_FONT}": stamp.font.embed(pdf)}))
        if stamp.seal:
            resources["/XObject"] = pikepdf.Dictionary({f"/{_SEAL_NAME}": _embedded_seal(pdf, stamp.seal)})
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[round(value, 3) for value in box],
            Resources=resources,
            Contents=pdf.make_stream(_content(stamp, matrix).encode("ascii")),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(to, deterministic_id=True)


def _content(stamp: Stamp, matrix: Sequence[float]) -> str:
    """Operators that draw the stamp; print stands in the middle of its height."""
    placed = " ".join(f"{value:.4f}" for value in matrix)
    spare = stamp.height - 2 * _EDGE - _LEADING * len(stamp.lines)
    top = stamp.height - _EDGE - spare / 2 - _LEADING + _DESCENT * _SIZE
    shown = "".join(f"<{stamp.font.encoded(line)}> Tj T*\n" for line in stamp.lines)
    seal = ""
    if stamp.seal:
        low = (stamp.height - _SEAL) / 2
        seal = f"q {_SEAL * stamp.seal.share:.3f} 0 0 {_SEAL} {_EDGE} {low:.3f} cm /{_SEAL_NAME} Do Q "
    text = f"BT 0 g /{_FONT} {_SIZE} Tf {_LEADING} TL {stamp.left:.3f} {top:.3f} Td\n{shown}ET"
    return f"q {placed} cm {seal}{text} Q\n"


def _embedded_seal(pdf: pikepdf.Pdf, seal: SealPicture) -> pikepdf.Object:
    picture = embedded(pdf, seal.colours)
    picture["/Mask"] = embedded(pdf, seal.ink)
    return picture
