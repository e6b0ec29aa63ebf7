"""A paper as the review page knows it: its pages, what is doubted of it and why, what it could be instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.corrections import NO_DOSSIER, is_unbound
from storage.records import DocumentRecord, StoredField
from storage.records.values import StoredLink
from web.fields import ORDER
from web.review.candidates import Candidate
from web.review.doubts import doubts_in, in_words
from web.viewer.cutting import levels_of
from web.viewer.pictures import TILE, PageShape

PAPER = "type"  # the item that stands for the paper as a whole
HAND = ("written by hand", "as written ones do", "sit in line with the print")  # what a pen's digits are doubted for
#: How sure the machine is, in words: the least confidence, key of the words.
SURE = ((0.95, "certain"), (0.8, "rather"), (0.4, "unsure"), (0.0001, "guess"), (0.0, "nothing"))
ACROSS, DOWN = 0.02, 0.006  # of the page: how much of it a crop shows around its field
LEAST_DOWN = 0.022  # of the page's height: a line of print with its neighbours' feet


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that a person decides on."""

    name: str
    value: str | None
    confidence: float
    status: str
    page: int | None
    box: tuple[float, ...] | None
    evidence: str
    reasons: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = field(default=())


def items_of(
    document: DocumentRecord, candidates: Mapping[str, Sequence[Candidate]], own: Sequence[str]
) -> list[Item]:
    """What is to decide, in the order in which one reads a paper. own: reasons that are the paper's as a whole."""
    fields = {one.name: one for one in document.fields}
    unsure = _unsure(document)
    items = []
    for name in ORDER:
        if name == PAPER:
            continue
        reasons = tuple(reason for reason in document.reasons if reason.startswith((f"{name}: ", f"{name} needs")))
        if name == "dossier_code" and (unsure or document.dossier_code):
            items.append(_binding(document, fields.get(name), candidates.get(name, ()), (*reasons, *unsure)))
        elif name in fields:
            items.append(_item(fields[name], candidates.get(name, ()), reasons))
    kind = "review" if own else "accepted"
    items.append(
        Item(
            name=PAPER,
            value=document.type,
            confidence=document.confidence,
            status=kind,
            page=min(document.pages) if document.pages else None,
            box=None,
            evidence="",
            reasons=tuple(own),
        )
    )
    return items


def _unsure(document: DocumentRecord) -> tuple[str, ...]:
    doubted: list[StoredLink] = [link for link in document.links if link.status == "review"]
    none = [reason for reason in document.reasons if is_unbound(reason)]
    return tuple(dict.fromkeys([*none, *(link.reason or NO_DOSSIER for link in doubted)]))


def _item(read: StoredField, candidates: Sequence[Candidate], reasons: tuple[str, ...]) -> Item:
    return Item(
        name=read.name,
        value=read.value,
        confidence=read.confidence,
        status=read.status,
        page=read.page,
        box=read.box,
        evidence=read.evidence,
        reasons=reasons,
        candidates=tuple(one for one in candidates if one.value != read.value),
    )


def _binding(
    document: DocumentRecord, read: StoredField | None, candidates: Sequence[Candidate], reasons: tuple[str, ...]
) -> Item:
    """The dossier: what binds the paper counts, whatever its field says."""
    value = document.dossier_code
    link = next((one for one in document.links if one.dossier_code == value), None)
    return Item(
        name="dossier_code",
        value=value,
        confidence=link.confidence if link else 0.0,
        status="review" if reasons or (read is not None and read.status == "review") else "accepted",
        page=read.page if read else (min(document.pages) if document.pages else None),
        box=read.box if read else None,
        evidence=read.evidence if read else "",
        reasons=reasons,
        candidates=tuple(one for one in candidates if one.value != value),
    )


def told(
    document: DocumentRecord, items: Sequence[Item], shapes: Mapping[int, PageShape], *, tag: str, language: str
) -> dict[str, Any]:
    """The paper for the page's script, as JSON."""
    return {
        "id": document.id,
        "version": document.version,
        "title": document.title,
        "status": str(document.status),
        "agency": document.agency_code,
        "dossier": document.dossier_code,
        "pages": [
            {
                "number": number,
                "image": f"/iiif/image/{document.id}/{number}-{tag}",
                "width": shape.width,
                "height": shape.height,
                "levels": levels_of(shape.width, shape.height),
                "tile": TILE,
                "blank": number in document.blank_pages,
            }
            for number, shape in shapes.items()
        ],
        "items": [_told(document.id, item, shapes, tag, language) for item in items],
    }


def _told(document_id: str, item: Item, shapes: Mapping[int, PageShape], tag: str, language: str) -> dict[str, Any]:
    place = placed(item.page, item.box, shapes)
    doubts = [doubt for reason in item.reasons for doubt in doubts_in(reason, item.name)]
    return {
        "name": item.name,
        "value": item.value,
        "status": item.status,
        "sure": sure(item.confidence),
        "page": item.page,
        "box": place,
        "crop": crop(document_id, item.page, place, shapes, tag),
        "hand": any(mark in doubt for doubt in doubts for mark in HAND),
        "evidence": item.evidence,
        "doubts": [in_words(doubt, language) for doubt in doubts],
        "candidates": [{"value": one.value, "source": one.source} for one in item.candidates],
    }


def sure(confidence: float) -> str:
    """How sure the machine is, as a key of words."""
    return next(key for least, key in SURE if confidence >= least)


def placed(page: int | None, box: Sequence[float] | None, shapes: Mapping[int, PageShape]) -> list[int] | None:
    """A box in pixels of its page's picture: x, y, width, height; None where it is the whole page or none."""
    shape = shapes.get(page) if page else None
    if shape is None or not box:
        return None
    x0, y0, x1, y1 = (value * shape.scale for value in box)
    left, top = max(0, round(x0)), max(0, round(y0))
    wide, high = min(shape.width - left, round(x1 - x0)), min(shape.height - top, round(y1 - y0))
    if wide < 1 or high < 1 or wide * high > 0.8 * shape.width * shape.height:
        return None
    return [left, top, wide, high]


def crop(
    document_id: str, page: int | None, place: Sequence[int] | None, shapes: Mapping[int, PageShape], tag: str
) -> dict[str, Any] | None:
    """The picture of a field with a little around it: its address and size."""
    shape = shapes.get(page) if page else None
    if shape is None or place is None:
        return None
    left, top, wide, high = place
    around_x = round(ACROSS * shape.width)
    around_y = max(round(DOWN * shape.height), round((LEAST_DOWN * shape.height - high) / 2))
    x, y = max(0, left - around_x), max(0, top - around_y)
    w, h = min(shape.width - x, wide + 2 * around_x), min(shape.height - y, high + 2 * around_y)
    shrink = min(1.0, MOST_WIDE / w)
    size = f"{max(1, round(w * shrink))},{max(1, round(h * shrink))}"
    address = f"/iiif/image/{document_id}/{page}-{tag}/{x},{y},{w},{h}/{size}/0/default.jpg"
    return {"src": address, "width": w, "height": h}


MOST_WIDE = 820  # pixels of a crop; twice what the column has, for fine screens
