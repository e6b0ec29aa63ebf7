"""Carries out a PDF drawing's operators far enough to know what it paints where. Nothing is decoded for it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import pikepdf

from ocr.geometry import Box
from ocr.opening.pdfspace import UNMOVED, Matrix, joined, matrix_of, moved, number_of, rectangle

_MOST_BYTES = 4 * 1024**2  # of drawing on one page, unpacked; a page of hidden OCR has some 200 kB, a map more
_MOST_LZW = 32 * 1024  # packed bytes; LZW grows up to 2,700 times and qpdf has no limit for it
_MOST_FORMS = 2_000  # drawn on one page
_DEEPEST = 12  # forms within forms
_HIDDEN_MODES = (3, 7)  # text that paints nothing (PDF 9.3.6)
_SLACK = 0.02  # share of the page by which a clip or an image may fall short of its edge: what scanners round away


class MarkKind(Enum):
    """What a mark is."""

    IMAGE = auto()
    TEXT = auto()
    HIDDEN_TEXT = auto()
    SHAPE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something painted."""

    kind: MarkKind
    image: pikepdf.Stream | None = None  #: None too for an image that stands within the drawing itself
    pixels: tuple[int, int] = (0, 0)  #: of an image, as its dictionary says
    matrix: Matrix = UNMOVED  #: of an image: from the unit square to the page
    plain: bool = False  #: an image that is neither clipped nor see-through nor on a layer
    black: bool = True  #: the colour in which a stencil mask is painted


@dataclass(slots=True)
class Marks:
    """All marks of a drawing, in the order in which they are painted."""

    marks: list[Mark] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)  #: heights at which there is text, in whole points

    def has(self, kind: MarkKind) -> bool:
        """Is there a mark of this kind?"""
        return any(mark.kind is kind for mark in self.marks)

    @property
    def has_text(self) -> bool:
        """Is there text, shown or hidden?"""
        return self.has(MarkKind.TEXT) or self.has(MarkKind.HIDDEN_TEXT)

    def add(self, mark: Mark) -> None:
        """Text and shapes that follow their like are one mark."""
        if mark.kind is MarkKind.IMAGE or not self.marks or self.marks[-1].kind is not mark.kind:
            self.marks.append(mark)


class TooMuch(Exception):
    """The drawing is larger than a scan's or a letter's."""


def covers(box: Box, page: Box) -> bool:
    """Does a box reach all edges of a page, but for what scanners round away?"""
    across, down = _SLACK * page.width, _SLACK * page.height
    return (
        box.x0 <= page.x0 + across
        and box.y0 <= page.y0 + down
        and box.x1 >= page.x1 - across
        and box.y1 >= page.y1 - down
    )


class Walk:
    """Goes through drawings and the forms that they use, within bounds."""

    def __init__(self, shown: Box) -> None:
        """shown: what a viewer shows; a clip around all of it is none."""
        self.shown = shown
        self.found = Marks()
        self.bytes_left = _MOST_BYTES
        self.forms_left = _MOST_FORMS

    def unpack(self, stream: pikepdf.Stream) -> bytes:
        """A drawing's operators. Raises TooMuch, and what `pdffile.BROKEN` lists."""
        if "LZW" in str(stream.get("/Filter")) and len(stream.read_raw_bytes()) > _MOST_LZW:
            raise TooMuch
        data = stream.read_bytes()
        self.bytes_left -= len(data)
        if self.bytes_left < 0:
            raise TooMuch
        return data

    def draw(self, data: bytes, resources: object, state: State | None = None, *, depth: int = 0) -> None:
        """Add the marks of a drawing to `found`. Raises as `unpack` does."""
        if not data.strip():
            return
        with pikepdf.new() as scratch, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of drawings that break off
            # A stream made in the page's own file would stay in memory with it.
            stream = pikepdf.Stream(scratch, data)
            instructions = pikepdf.parse_content_stream(stream, _OPERATORS)
            _Drawing(self, resources, state or State(), depth).run(instructions)

    def draw_form(self, form: pikepdf.Stream, resources: object, state: State, *, depth: int) -> None:
        """The same of a form, which brings its own space and edges."""
        self.forms_left -= 1
        if depth > _DEEPEST or self.forms_left < 0:
            raise TooMuch
        inner = state.copy()
        inner.ctm = joined(matrix_of(form.get("/Matrix")), state.ctm)
        edges = rectangle(form.get("/BBox"))
        if edges and not covers(moved(edges, inner.ctm), self.shown):
            inner.clipped = True
        if form.get("/OC") is not None:
            inner.clipped = True
        self.draw(self.unpack(form), form.get("/Resources", resources), inner, depth=depth)


class State:
    """What `q` keeps and `Q` brings back."""

    __slots__ = ("black", "clipped", "ctm", "mode", "see_through")

    def __init__(self) -> None:
        self.ctm: Matrix = UNMOVED
        self.black = True
        self.clipped = False
        self.see_through = False
        self.mode = 0

    def copy(self) -> State:
        """The same, to be changed on its own."""
        new = State()
        new.ctm, new.black, new.mode = self.ctm, self.black, self.mode
        new.clipped, new.see_through = self.clipped, self.see_through
        return new


class _Drawing:
    """One drawing while its operators are carried out."""

    def __init__(self, walk: Walk, resources: object, state: State, depth: int) -> None:
        self.walk = walk
        self.resources = resources if isinstance(resources, pikepdf.Dictionary) else pikepdf.Dictionary()
        self.state = state
        self.depth = depth
        self.kept: list[State] = []
        self.path: list[Box | None] = []  # since the last mark; None for anything but a rectangle
        self.line: Matrix = UNMOVED  # where a line of text begins
        self.leading = 0.0
        self.layered = False

    def run(self, instructions: Iterable[Any]) -> None:
        for instruction in instructions:
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                image = instruction.iimage
                self._image(None, (image.width, image.height))
                continue
            name = str(instruction.operator)
            _ACTS[name](self, name, instruction.operands)

    def _add(self, kind: MarkKind) -> None:
        self.walk.found.add(Mark(kind=kind))

    def _image(self, image: pikepdf.Stream | None, pixels: tuple[int, int]) -> None:
        state = self.state
        plain = not (state.clipped or state.see_through or self.layered)
        mark = Mark(kind=MarkKind.IMAGE, image=image, pixels=pixels, matrix=state.ctm, plain=plain, black=state.black)
        self.walk.found.add(mark)

    def _stack(self, name: str, _operands: Sequence[Any]) -> None:
        if name == "q":
            self.kept.append(self.state.copy())
        elif self.kept:
            self.state = self.kept.pop()

    def _move(self, _name: str, operands: Sequence[Any]) -> None:
        self.state.ctm = joined(_matrix(operands), self.state.ctm)

    def _object(self, _name: str, operands: Sequence[Any]) -> None:
        listed = self.resources.get("/XObject")
        found = listed.get(str(operands[0])) if isinstance(listed, pikepdf.Dictionary) else None
        if not isinstance(found, pikepdf.Stream):
            return
        if str(found.get("/Subtype")) == "/Form":
            self.walk.draw_form(found, self.resources, self.state, depth=self.depth + 1)
            return
        pixels = int(number_of(found.get("/Width")) or 0), int(number_of(found.get("/Height")) or 0)
        self._image(found if found.get("/OC") is None else None, pixels)

    def _graphics_state(self, _name: str, operands: Sequence[Any]) -> None:
        states = self.resources.get("/ExtGState")
        chosen = states.get(str(operands[0])) if isinstance(states, pikepdf.Dictionary) else None
        if not isinstance(chosen, pikepdf.Dictionary):
            return
        opaque = number_of(chosen.get("/ca", 1)) == 1.0 and str(chosen.get("/SMask", "/None")) == "/None"
        normal = str(chosen.get("/BM", "/Normal")) in ("/Normal", "/Compatible")
        self.state.see_through = not (opaque and normal)

    def _segment(self, name: str, operands: Sequence[Any]) -> None:
        box, ctm = None, self.state.ctm
        if name == "re":
            x, y, width, height = (float(value) for value in operands[:4])
            box = moved(Box(min(x, x + width), min(y, y + height), max(x, x + width), max(y, y + height)), ctm)
        self.path.append(box)

    def _clip(self, _name: str, _operands: Sequence[Any]) -> None:
        box = self.path[0] if len(self.path) == 1 else None
        if box is None or not covers(box, self.walk.shown):
            self.state.clipped = True

    def _paint(self, name: str, _operands: Sequence[Any]) -> None:
        self.path = []
        if name != "n":
            self._add(MarkKind.SHAPE)

    def _fill(self, name: str, operands: Sequence[Any]) -> None:
        values = [number_of(value) for value in operands]
        self.state.black = name == "cs" or values in ([0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0])

    def _place_text(self, name: str, operands: Sequence[Any]) -> None:
        if name == "BT":
            self.line = UNMOVED
        elif name == "Tm":
            self.line = _matrix(operands)
        elif name == "TL":
            self.leading = float(operands[0])
        elif name == "T*":
            self._next_line(0.0, -self.leading)
        else:
            across, down = float(operands[0]), float(operands[1])
            if name == "TD":
                self.leading = -down
            self._next_line(across, down)

    def _next_line(self, across: float, down: float) -> None:
        self.line = joined((1.0, 0.0, 0.0, 1.0, across, down), self.line)

    def _render_mode(self, _name: str, operands: Sequence[Any]) -> None:
        self.state.mode = int(operands[0])

    def _show(self, name: str, operands: Sequence[Any]) -> None:
        if name in ("'", '"'):
            self._next_line(0.0, -self.leading)
        shown = operands[-1]
        pieces = shown if isinstance(shown, pikepdf.Array) else (shown,)
        if not any(isinstance(piece, pikepdf.String) and len(bytes(piece)) for piece in pieces):
            return
        self._add(MarkKind.HIDDEN_TEXT if self.state.mode in _HIDDEN_MODES else MarkKind.TEXT)
        self.walk.found.rows.add(round(joined(self.line, self.state.ctm)[5]))

    def _content(self, _name: str, operands: Sequence[Any]) -> None:
        if operands and str(operands[0]) == "/OC":  # a layer that may be switched off
            self.layered = True


def _matrix(operands: Sequence[Any]) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in operands)
    return (a, b, c, d, e, f)


_Act = Callable[[_Drawing, str, Sequence[Any]], None]
_ACTS: dict[str, _Act] = {
    "cm": _Drawing._move,
    "Do": _Drawing._object,
    "gs": _Drawing._graphics_state,
    "Tr": _Drawing._render_mode,
    "BDC": _Drawing._content,
    **dict.fromkeys(("q", "Q"), _Drawing._stack),
    **dict.fromkeys(("re", "m", "l", "c", "v", "y", "h"), _Drawing._segment),
    **dict.fromkeys(("W", "W*"), _Drawing._clip),
    **dict.fromkeys(("n", "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh"), _Drawing._paint),
    **dict.fromkeys(("g", "rg", "k", "sc", "scn", "cs"), _Drawing._fill),
    **dict.fromkeys(("BT", "Tm", "Td", "TD", "T*", "TL"), _Drawing._place_text),
    **dict.fromkeys(("Tj", "TJ", "'", '"'), _Drawing._show),
}
_OPERATORS = " ".join((*_ACTS, "BI", "ID", "EI", "INLINE IMAGE"))
