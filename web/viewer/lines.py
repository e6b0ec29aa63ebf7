"""The lines of a page's text with their places, from the ALTO that was stored with the paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree import ElementTree

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 as shares of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A line of print and where it stands."""

    text: str
    box: Box


def lines_of_page(alto: BinaryIO, page: int) -> list[TextLine]:
    """A page's lines in reading order; none where the page has no text or the file is no ALTO."""
    try:
        for event, element in ElementTree.iterparse(alto, events=("start", "end")):  # noqa: S314  (we wrote it)
            if event == "end" and _name(element) == "Page":
                if element.get("PHYSICAL_IMG_NR") == str(page):
                    return list(_lines(element))
                element.clear()
    except ElementTree.ParseError:
        return []
    return []


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _lines(page: ElementTree.Element) -> Iterator[TextLine]:
    wide, high = _number(page, "WIDTH"), _number(page, "HEIGHT")
    if not wide or not high:
        return
    for line in page.iter():
        if _name(line) != "TextLine":
            continue
        words = [word.get("CONTENT", "") for word in line if _name(word) == "String"]
        x, y = _number(line, "HPOS"), _number(line, "VPOS")
        right, bottom = x + _number(line, "WIDTH"), y + _number(line, "HEIGHT")
        yield TextLine(text=" ".join(words), box=(x / wide, y / high, right / wide, bottom / high))


def _number(element: ElementTree.Element, name: str) -> float:
    try:
        return float(element.get(name, "0"))
    except ValueError:
        return 0.0
