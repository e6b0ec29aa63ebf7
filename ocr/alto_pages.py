"""Pages of finished ALTO files in another order, turned, taken apart or put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from ocr.alto import NAMESPACE

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NS = f"{{{NAMESPACE}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AltoLeaf:
    """A page of an ALTO file."""

    file: Path
    number: int  #: within the source, from 1
    turn: int = 0  #: degrees clockwise


def rearrange_alto(leaves: Sequence[AltoLeaf], document_id: str, to: Path) -> None:
    """Write the leaves as an ALTO file; what is said of the making is that of the first leaf's file.

    Raises ValueError where a file has no such page, ElementTree.ParseError for what is no XML.
    """
    ElementTree.register_namespace("", NAMESPACE)
    ElementTree.register_namespace("xsi", _XSI)
    roots = {leaf.file: ElementTree.parse(leaf.file).getroot() for leaf in leaves}  # noqa: S314  (we wrote them)
    pages = [_turned(_page(roots[leaf.file], leaf.number), leaf.turn) for leaf in leaves]
    root = roots[leaves[0].file]
    for identifier in root.iter(f"{_NS}documentIdentifier"):
        identifier.text = document_id
    layout = next(root.iter(f"{_NS}Layout"))
    layout[:] = [_named(page, index) for index, page in enumerate(pages, 1)]
    ElementTree.ElementTree(root).write(to, encoding="UTF-8", xml_declaration=True)


def _page(root: ElementTree.Element, number: int) -> ElementTree.Element:
    for page in root.iter(f"{_NS}Page"):
        if page.get("PHYSICAL_IMG_NR") == str(number):
            return page
    raise ValueError(f"the ALTO file has no page {number}")


def _named(page: ElementTree.Element, index: int) -> ElementTree.Element:
    """The page with ids of its new place."""
    before = page.get("ID", "")
    for element in page.iter():
        identity = element.get("ID", "")
        if before and identity.startswith(before):
            element.set("ID", f"P{index}{identity.removeprefix(before)}")
    return page


def _turned(page: ElementTree.Element, degrees: int) -> ElementTree.Element:
    """The page with every place turned clockwise about the page."""
    for _ in range(degrees // 90 % 4):
        wide, high = _number(page, "WIDTH"), _number(page, "HEIGHT")
        for element in _placed(page):
            x, y, w, h = (_number(element, name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
            for name, value in (("HPOS", high - y - h), ("VPOS", x), ("WIDTH", h), ("HEIGHT", w)):
                element.set(name, f"{value:.1f}".removesuffix(".0"))
        if wide and high:
            page.set("WIDTH", f"{high:.1f}".removesuffix(".0"))
            page.set("HEIGHT", f"{wide:.1f}".removesuffix(".0"))
    return page


def _placed(page: ElementTree.Element) -> Iterator[ElementTree.Element]:
    return (element for element in page.iter() if element.get("HPOS") is not None)


def _number(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "0"))
