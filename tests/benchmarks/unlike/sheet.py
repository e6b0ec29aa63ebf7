"""A sheet in any family of type, written and stamped on; lengths in millimetres, sizes in points."""

from __future__ import annotations

import logging
import random as randomness
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.geometry import Box
from samples import sheet as samples_sheet
from samples.fonts import Face
from samples.sheet import BLACK, DPI, Align, pixels
from training.fonts import Face as FontFile
from training.fonts import find_faces
from training.handwriting import bent

Random = randomness.Random
logging.getLogger("fontTools").setLevel(logging.ERROR)  # some fonts' tables are longer than they say
STYLES = (Face.REGULAR, Face.BOLD, Face.ITALIC, Face.BOLD_ITALIC)


@dataclass(frozen=True, slots=True)
class Family:
    """The four styles of a family of type, as files; a style that it lacks is the upright one."""

    name: str
    kind: str  #: times, serif, sans, mono
    files: tuple[str, str, str, str]

    def font(self, face: Face, size: float) -> ImageFont.FreeTypeFont:
        """A style at a size in points."""
        return _font(self.files[STYLES.index(face)], round(size / 72 * DPI))


@cache
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)


def _ink(font: ImageFont.FreeTypeFont, word: str) -> tuple[int, int, int, int]:
    """Of a word from its start on the baseline; Pillow's own box reaches to the baseline and to the next word."""
    room = round(2 * font.size)
    canvas = Image.new("L", (round(font.getlength(word)) + 2 * room, 2 * room))
    ImageDraw.Draw(canvas).text((room, round(1.4 * font.size)), word, fill=255, font=font, anchor="ls")
    x0, y0, x1, y1 = canvas.point(lambda level: 255 if level > 127 else 0).getbbox() or (room, room, room, room)
    return x0 - room, y0 - round(1.4 * font.size), x1 - room, y1 - round(1.4 * font.size)


def families(folders: Sequence[Path]) -> tuple[list[Family], list[str]]:
    """Families of print with upright and bold style under the folders, and files of hands."""
    faces = [face for folder in folders if folder.is_dir() for face in find_faces(folder)]
    found: dict[str, dict[tuple[bool, bool], FontFile]] = {}
    for face in faces:
        if face.kind != "hand":
            found.setdefault(face.family, {}).setdefault((face.bold, face.italic), face)
    whole = []
    for name, styles in sorted(found.items()):
        if (False, False) in styles and (True, False) in styles:
            plain = styles[False, False]
            wanted = ((False, False), (True, False), (False, True), (True, True))
            files = tuple(styles.get(style, styles.get((style[0], False), plain)).file for style in wanted)
            whole.append(Family(name, plain.kind, (files[0], files[1], files[2], files[3])))
    return whole, sorted({face.file for face in faces if face.kind == "hand"})


@dataclass(frozen=True, slots=True)
class Printed:
    """A word where it stands on a sheet."""

    text: str
    box: Box  #: of its ink, points from the top left
    size: float  #: of its type, points
    face: Face
    black: bool


class Sheet:
    """One side of paper; ink is laid on by pressing, as stamps and pens do."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self._sheet = samples_sheet.Sheet()
        self.printed: list[Printed] = []
        self.pressed: list[Box] = []  #: of what was stamped or written, points

    @property
    def image(self) -> Image.Image:
        """The drawn sheet at twice the scan's resolution."""
        return self._sheet.image

    def width_of(self, text: str, face: Face, size: float) -> float:
        """Millimetres of a line."""
        return float(self.family.font(face, size).getlength(text)) / DPI * 25.4

    def say(
        self, text: str, x: float, y: float, *, face: Face = Face.REGULAR, size: float = 13.0,
        align: Align = Align.CENTRE, colour: tuple[int, int, int] = BLACK,
    ) -> float:  # fmt: skip
        """Print a line with its top at y; returns the y under it."""
        font = self.family.font(face, size)
        start = pixels(x) - font.getlength(text) * align.value
        ascent = pixels(size * 0.9 / 72 * 25.4)  # families differ in what they leave above
        self._sheet._draw.text((start, pixels(y) + ascent), text, fill=colour, font=font, anchor="ls")
        for word in re.finditer(r"\S+", text):
            at = start + font.getlength(text[: word.start()])
            x0, y0, x1, y1 = _ink(font, word[0])
            box = Box(at + x0, pixels(y) + ascent + y0, at + x1, pixels(y) + ascent + y1).in_points(DPI)
            self.printed.append(Printed(word[0], box, size, face, colour == BLACK))
        return y + size * 1.18 / 72 * 25.4

    def stacked(self, texts: Sequence[str], x: float, y: float, *, face: Face, size: float) -> float:
        """Centred lines, one under the other."""
        for text in texts:
            y = self.say(text, x, y, face=face, size=size)
        return y

    def write(
        self, text: str, y: float, *, left: float = 30.0, right: float = 190.0, size: float = 13.0,
        indent: float = 10.0, face: Face = Face.REGULAR,
    ) -> float:  # fmt: skip
        """A paragraph, set flush left."""
        start = left + indent
        for line in self.broken(text, right - start, face, size):
            y = self.say(line, start, y, face=face, size=size, align=Align.LEFT)
            start = left
        return y + 1.2

    def broken(self, text: str, width: float, face: Face, size: float) -> list[str]:
        """Text in lines that fit the width."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width_of(longer, face, size) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def rule(self, left: float, right: float, y: float) -> None:
        """A line across."""
        self._sheet.rule(left, right, y)

    def frame(self, left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        """A box, as stamps have them."""
        edges = (pixels(left), pixels(top), pixels(right), pixels(bottom))
        self._sheet._draw.rectangle(edges, outline=colour, width=5)

    def press(self, ink: Image.Image, x: float, y: float, colour: tuple[int, int, int]) -> None:
        """See samples.sheet.Sheet.press."""
        self._sheet.press(ink, x, y, colour)
        left, top = pixels(x) - ink.width // 2, pixels(y) - ink.height // 2
        if (inked := ink.point(lambda level: 255 if level > 40 else 0).getbbox()) is not None:
            x0, y0, x1, y1 = inked
            self.pressed.append(Box(left + x0, top + y0, left + x1, top + y1).in_points(DPI))


def with_pen(text: str, file: str, random: Random, *, height: float = 5.5) -> Image.Image:
    """Digits or words in a hand's font, bent, as ink to press; millimetres high."""
    size = pixels(height)
    font = ImageFont.truetype(file, round(size * 1.35), layout_engine=ImageFont.Layout.BASIC)
    box = font.getbbox(text)
    canvas = Image.new("L", (round(box[2] - box[0]) + size, round(box[3] - box[1]) + size), 255)
    ImageDraw.Draw(canvas).text((size / 2 - box[0], size / 2 - box[1]), text, font=font, fill=0)
    return Image.fromarray(255 - bent(random, np.array(canvas)))
