"""Cuts a scan into papers by evidence that is weighed together.

A separator sheet or a receipt decides alone. Else the page's head speaks for a new paper, the page before it for or
against: what has ended may be followed by another, what has not goes on. Blank backs stay with the page before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ocr.papers.sketch import Sketch

OPENS = 3.0  # weight from which on a page opens a paper
NATION, ISSUER, NUMBERED, DATED, TITLED = 2.0, 1.0, 1.0, 1.0, 2.0  # what heads have
NO_NUMBER = -2.5  # its kind has a number and none stands there: a plan, a list or a draft that goes with a paper
ANNEX = -3.0  # its head says that it belongs to another paper
DRAFT = -6.0  # it is marked a draft: it goes with the paper that submits it
LATER_PAGE = -3.0  # a page number above one in its top margin
NEXT_PAGE = -1.5  # … that is the one that comes next
UNFINISHED = -1.0  # the paper before it has neither recipients nor signature yet
FINISHED = 0.5
OTHER_SIZE = 0.5  # its paper has another size
SIZE_MM = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pages of one paper, and how it came to be one."""

    pages: tuple[Sketch, ...]  #: that bear something, failed ones among them
    blanks: tuple[int, ...] = ()
    code: str | None = None  #: dossier code of the separator or receipt that it lies behind
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class _Open:
    pages: list[Sketch] = field(default_factory=list)
    blanks: list[int] = field(default_factory=list)
    code: str | None = None
    reasons: list[str] = field(default_factory=list)

    def closed(self) -> Group:
        return Group(pages=tuple(self.pages), blanks=tuple(self.blanks), code=self.code, reasons=tuple(self.reasons))


def one_group(sketches: Sequence[Sketch]) -> tuple[Group, ...]:
    """All pages as one paper, as it was told."""
    pages = tuple(sketch for sketch in sketches if not sketch.blank and not sketch.separator)
    blanks = tuple(sketch.number for sketch in sketches if sketch.blank or sketch.separator)
    codes = [code for sketch in sketches if sketch.separator for code in sketch.codes]
    return (Group(pages=pages, blanks=blanks, code=codes[0] if codes else None),)


def groups_of(sketches: Sequence[Sketch]) -> tuple[Group, ...]:
    """The papers of a scan, in order; every page is in exactly one."""
    done: list[_Open] = []
    waiting: list[int] = []  # separators, and blanks before the first paper: they go to the next one
    dossier: str | None = None
    parted = False
    for sketch in sketches:
        if sketch.separator:
            waiting.append(sketch.number)
            dossier, parted = _code(sketch), True
            continue
        if sketch.blank:
            (done[-1].blanks if done and not parted else waiting).append(sketch.number)
            continue
        if sketch.receipt:
            dossier = _code(sketch)
        if not done or parted or opens(sketch, done[-1].pages):
            done.append(_Open(code=dossier, blanks=waiting))
            waiting, parted = [], False
        done[-1].pages.append(sketch)
        if sketch.error is not None:
            done[-1].reasons.append(f"page {sketch.number} could not be read")
    if waiting:
        if done:
            done[-1].blanks += waiting
        else:
            done.append(_Open(blanks=waiting, code=dossier, reasons=["nothing but blank pages or separators"]))
    return tuple(one.closed() for one in done)


def _code(sketch: Sketch) -> str | None:
    return sketch.codes[0] if len(sketch.codes) == 1 else None


def opens(sketch: Sketch, before: Sequence[Sketch]) -> bool:
    """Whether a page opens a new paper, given the pages of the one before it."""
    if sketch.receipt or any(page.receipt for page in before[-1:]):
        return sketch.receipt or sketch.nation or sketch.titled or sketch.issuer
    return weight(sketch, before) >= OPENS


def weight(sketch: Sketch, before: Sequence[Sketch]) -> float:
    """How much speaks for a page opening a paper of its own."""
    total = 0.0
    for there, worth in (
        (sketch.nation, NATION),
        (sketch.issuer, ISSUER),
        (sketch.numbered, NUMBERED),
        (sketch.dated, DATED),
        (sketch.titled, TITLED),
        (sketch.should_be_numbered and not sketch.numbered, NO_NUMBER),
        (sketch.annex, ANNEX),
        (sketch.draft, DRAFT),
        (sketch.page_number is not None and sketch.page_number > 1, LATER_PAGE),
        (sketch.page_number == len(before) + 1, NEXT_PAGE),
        (_other_size(sketch, before), OTHER_SIZE),
    ):
        total += worth if there else 0.0
    ended = any(page.recipients or page.signed for page in before)
    return total + (FINISHED if ended else UNFINISHED)


def _other_size(sketch: Sketch, before: Sequence[Sketch]) -> bool:
    if not before or 0.0 in (*sketch.size, *before[-1].size):
        return False
    pairs = zip(sorted(sketch.size), sorted(before[-1].size), strict=True)
    return any(abs(one - other) > SIZE_MM for one, other in pairs)
