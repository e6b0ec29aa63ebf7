"""What lies on a PDF page: its own marks, and the annotations over them that a viewer shows."""

from __future__ import annotations

from dataclasses import dataclass

import pikepdf

from ocr.geometry import Box
from ocr.opening.pdfdrawing import Mark, MarkKind, Marks, TooMuch, Walk
from ocr.opening.pdffile import BROKEN
from ocr.opening.pdfspace import UNIT, inherited, number_of, rectangle

_NO_MARK = frozenset(("/Link", "/Popup"))
_INVISIBLE = 0x02 | 0x20  # an annotation's flags Hidden and NoView (PDF 12.5.3)


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something laid over a page that a viewer shows."""

    place: int  #: in the page's list, from 0
    is_signature: bool  #: the stamp of an electronic signature
    marks: Marks


def marks_of(page: pikepdf.Object, shown: Box) -> Marks | None:
    """The marks of a page's own drawing in the order they are painted; None where there are more than can be told.

    shown: the part of the page that a viewer shows.
    """
    contents = page.get("/Contents")
    streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    walk = Walk(shown)
    try:
        data = b"\n".join(walk.unpack(stream) for stream in streams if isinstance(stream, pikepdf.Stream))
        walk.draw(data, inherited(page, "/Resources"))
    except (TooMuch, *BROKEN):
        return None
    return walk.found


def annotations_of(page: pikepdf.Object) -> list[Annotation]:
    """What lies over a page and shows; what cannot be understood counts as a shape."""
    found = []
    listed = page.get("/Annots")
    for place, one in enumerate(listed if isinstance(listed, pikepdf.Array) else ()):
        if not isinstance(one, pikepdf.Dictionary) or str(one.get("/Subtype")) in _NO_MARK:
            continue
        if int(number_of(one.get("/F")) or 0) & _INVISIBLE:
            continue
        marks = _appearance(one)
        if marks.marks:
            found.append(Annotation(place, _is_signature(one), marks))
    return found


def _is_signature(annotation: pikepdf.Object) -> bool:
    kind, parent = annotation.get("/FT"), annotation.get("/Parent")
    if kind is None and isinstance(parent, pikepdf.Dictionary):
        kind = parent.get("/FT")
    return str(kind) == "/Sig"


def _appearance(annotation: pikepdf.Object) -> Marks:
    looks = annotation.get("/AP")
    stream = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
    if isinstance(stream, pikepdf.Dictionary):  # one look for each state, as of a check box
        stream = stream.get(str(annotation.get("/AS", "/Off")))
    if not isinstance(stream, pikepdf.Stream):
        return Marks()
    walk = Walk(rectangle(stream.get("/BBox")) or UNIT)
    try:
        walk.draw(walk.unpack(stream), stream.get("/Resources"), depth=1)
    except (TooMuch, *BROKEN):
        walk.found.add(Mark(kind=MarkKind.SHAPE))
    return walk.found


def lost_with_picture(page: pikepdf.Object) -> str | None:
    """A note of what a page has beside its drawing that a picture of it cannot keep; None where there is nothing.

    Form fields, links and comments; signatures are told elsewhere. What of them shows is in the picture.
    """
    counts = dict.fromkeys(("form field", "link", "comment"), 0)
    listed = page.get("/Annots")
    for one in listed if isinstance(listed, pikepdf.Array) else ():
        if not isinstance(one, pikepdf.Dictionary) or _is_signature(one):
            continue
        kind = str(one.get("/Subtype"))
        if kind != "/Popup":  # the window of a comment
            counts["form field" if kind == "/Widget" else "link" if kind == "/Link" else "comment"] += 1
    told = " and ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count)
    return f"{told} of the original: as a picture here, alive in the original only" if told else None
