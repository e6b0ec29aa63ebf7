"""Makes the README's picture from what `make demo` left in build/demo: a page as it was scanned, and as it is found.

    python -m docs.picture [build/demo]

Left the scan's page, as it lay in the pile; right the same page in the finished PDF, its words as pdftotext finds
them in the text layer, and the fields that were read. Nothing is drawn that is not in the PDF or in the report.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from samples.fonts import Face, font

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "samples"
TO = HERE / "img" / "before-after.png"

TYPE = "KS"  # the birth certificate of the pile: it lies upside down
DPI = 75  # of the pages in the picture
POINTS = 72
MARGIN, GAP, NOTES = 24, 56, 410  # pixels: around, between the pages, for the fields
HEADING = 44

PAPER = (246, 246, 248)
TEXT = (34, 36, 40)
WORD = (66, 120, 220)  # a word of the text layer
ACCEPTED = (22, 128, 68)
REVIEW = (190, 110, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A field as the picture tells it."""

    name: str
    value: str
    accepted: bool
    box: Sequence[float]  #: points from the top left of the finished page


def main() -> int:
    """Command line."""
    demo = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "build" / "demo"
    report = json.loads((demo / "report.json").read_text(encoding="utf-8"))
    document = next(one for one in report["documents"] if one["type"] == TYPE)
    scan = SAMPLES / document["source"]
    number = document["pages"][0]
    pdf = _finished(demo, report, document)
    before, after = _page(scan, number), _page(pdf, 1)
    link = f"{document['dossier_code']}, from its pile's {document['link']['method']}"
    picture = _composed(before, after, _words(pdf), _fields(document), link)
    TO.parent.mkdir(exist_ok=True)
    picture.quantize(256, kmeans=2, dither=Image.Dither.NONE).save(TO, optimize=True)
    print(f"{TO}: {TO.stat().st_size / 1000:.0f} kB")
    return 0


def _finished(demo: Path, report: Mapping[str, Any], document: Mapping[str, Any]) -> Path:
    """The exported PDF of a document: the papers of one source are numbered in the order of their pages."""
    pile = [one["id"] for one in report["documents"] if one["source"] == document["source"]]
    place = pile.index(document["id"]) + 1
    stem = Path(document["source"]).stem
    return demo / "papers" / f"{stem}{f'-{place}' if place > 1 else ''}.pdf"


def _page(pdf: Path, number: int) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        options = ["-r", str(DPI), "-f", str(number), "-l", str(number), "-png"]
        subprocess.run(["pdftoppm", *options, str(pdf), f"{folder}/page"], check=True)
        with Image.open(next(Path(folder).glob("*.png"))) as page:
            return page.convert("RGB")


def _words(pdf: Path) -> list[tuple[float, float, float, float]]:
    """Boxes of the words on the first page, points from the top left."""
    said = subprocess.run(
        ["pdftotext", "-bbox", "-l", "1", str(pdf), "-"], capture_output=True, check=True, text=True
    )
    found = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', said.stdout)
    return [(float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in found]


def _fields(document: Mapping[str, Any]) -> list[Shown]:
    """Those that stand on the page, from the top down."""
    shown = [
        Shown(name=name, value=field["value"], accepted=field["status"] == "accepted", box=field["box"])
        for name, field in document["fields"].items()
        if field["box"] and field["value"] and field["page"] == document["pages"][0]
    ]
    return sorted(shown, key=lambda field: (field.box[1] + field.box[3], field.box[0]))


def _composed(
    before: Image.Image, after: Image.Image, words: Sequence[Sequence[float]], fields: Sequence[Shown], link: str
) -> Image.Image:
    width = before.width + after.width + NOTES + 2 * MARGIN + GAP
    height = max(before.height, after.height) + HEADING + 2 * MARGIN
    picture = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(picture, "RGBA")
    top = MARGIN + HEADING
    left = MARGIN + before.width + GAP
    for x, heading in ((MARGIN, "As it was scanned"), (left, "As it is found: upright, with its words and fields")):
        draw.text((x, MARGIN), heading, fill=TEXT, font=font(Face.FORM_BOLD, 24))
    for page, x in ((before, MARGIN), (after, left)):
        picture.paste(page, (x, top))
        draw.rectangle((x - 1, top - 1, x + page.width, top + page.height), outline=(170, 172, 178))
    for box in words:
        draw.rectangle(_placed(box, left, top), fill=(*WORD, 44))
    _arrow(draw, MARGIN + before.width, top + before.height // 2)
    below = _note(draw, fields, left, top, left + after.width)
    _tell(draw, left + after.width, below, "dossier", link, TEXT)
    return picture


def _note(draw: ImageDraw.ImageDraw, fields: Sequence[Shown], left: int, top: int, right: int) -> int:
    """Frame each field on the page and tell it beside; returns the y under the last."""
    y = top
    for field in fields:
        colour = ACCEPTED if field.accepted else REVIEW
        x0, y0, x1, y1 = _placed(field.box, left, top)
        draw.rectangle((x0 - 2, y0 - 2, x1 + 2, y1 + 2), outline=colour, width=2)
        y = max(y, (y0 + y1) // 2 - 20)
        draw.line(
            ((x1 + 2, (y0 + y1) // 2), (right + 14, y + 20), (right + 24, y + 20)), fill=(*colour, 150), width=1
        )
        status = "accepted" if field.accepted else "for a person to confirm"
        _tell(draw, right, y, f"{field.name} · {status}", field.value, colour)
        y += 50
    return y + 20


def _tell(draw: ImageDraw.ImageDraw, right: int, y: int, name: str, value: str, colour: tuple[int, int, int]) -> None:
    draw.text((right + 30, y), name, fill=colour, font=font(Face.FORM, 15))
    draw.text((right + 30, y + 18), value, fill=TEXT, font=font(Face.FORM_BOLD, 18))


def _placed(box: Sequence[float], left: int, top: int) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = (round(value / POINTS * DPI) for value in box)
    return left + x0, top + y0, left + x1, top + y1


def _arrow(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    draw.line(((x + 14, y), (x + GAP - 16, y)), fill=TEXT, width=3)
    draw.polygon(((x + GAP - 26, y - 8), (x + GAP - 26, y + 8), (x + GAP - 12, y)), fill=TEXT)


if __name__ == "__main__":
    sys.exit(main())
