"""Cuts a scan's pages into papers and says what each one is and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ocr.fields.judging import QR, PagesToRead, read_fields
from ocr.fields.value import Field, FieldStatus
from ocr.page import Page, ReadPage
from ocr.papers.agreement import borne_out
from ocr.papers.grouping import Group, groups_of, one_group
from ocr.papers.paper import UNKNOWN, DossierCodeFrom, Kind, Paper
from ocr.papers.sketch import sketch_of
from ocr.rules import Rules

__all__ = ["IN_PILE", "UNKNOWN", "Field", "FieldStatus", "Kind", "Paper", "read_papers"]

IN_PILE = "lies in the pile of"  # in the reason of a paper that names another dossier than its pile
LEAST_SURE_KIND = 0.6  # confidence of a kind below which a person must look


def read_papers(pages: Sequence[Page], rules: Rules, *, one_paper: bool) -> tuple[Paper, ...]:
    """Cut a scan into papers, in order, and read each one's kind and fields.

    pages: all pages of the scan; each is asked for at most three times and none is kept.
    one_paper: somebody said that the scan is one paper; that is trusted.
    Every page is in exactly one paper. What cannot be told is None and goes to review; nothing is raised for it.
    """
    today = date.today()  # noqa: DTZ011  a paper's date is a day where the reader stands
    sketches = [sketch_of(page, rules, today=today) for page in pages]
    places = {sketch.number: index for index, sketch in enumerate(sketches)}
    groups = one_group(sketches) if one_paper else groups_of(sketches)
    return borne_out([_paper(group, pages, places, rules, today) for group in groups])


def _paper(group: Group, pages: Sequence[Page], places: dict[int, int], rules: Rules, today: date) -> Paper:
    first = next((sketch for sketch in group.pages if sketch.error is None), None)
    page = pages[places[first.number]] if first else None
    numbers = tuple(sketch.number for sketch in group.pages)
    reasons = list(group.reasons)
    if first is None or not isinstance(page, ReadPage):
        return Paper(
            pages=numbers, blank_pages=group.blanks, kind=UNKNOWN, reasons=(*reasons, "no page of it could be read")
        )
    kind = rules.kind(first.kind.code)
    signing = tuple(page if number == first.number else pages[places[number]] for number in _signing_pages(group))
    read = PagesToRead(first=page, signing=tuple(one for one in signing if isinstance(one, ReadPage)))
    fields = read_fields(read, kind, rules, today=today)
    secrecy = next((sketch.secrecy for sketch in group.pages if sketch.secrecy), None)
    if kind is None:
        reasons.append("what kind of paper it is was not recognised")
    elif first.kind.confidence < LEAST_SURE_KIND:
        reasons.append(f"it may be {first.kind.name}, or {first.kind.runner_up or 'another kind'}")
    if any(sketch.certified_copy for sketch in group.pages):
        reasons.append("it is a certified copy on paper, which TT 01/2023/TT-VPCP keeps from being digitised")
    if first.red_unread and not secrecy:
        reasons.append("print in red at its head could not be read: see whether it is a mark of secrecy or urgency")
    if secrecy:
        reasons.append(f"it is marked {secrecy}: held, not indexed")
    code, source = _dossier(fields, group)
    if code and group.code and code != group.code:
        reasons.append(f"it names the dossier {code}, and {IN_PILE} {group.code}")
    return Paper(
        pages=numbers,
        blank_pages=group.blanks,
        kind=first.kind,
        fields=fields,
        secret=secrecy is not None,
        reasons=tuple(reasons),
        dossier_code=code,
        dossier_code_from=source,
    )


def _signing_pages(group: Group) -> tuple[int, ...]:
    """The page with the paper's signing block and the one behind it."""
    whole = [sketch for sketch in group.pages if sketch.error is None]
    with_recipients = [index for index, sketch in enumerate(whole) if sketch.recipients]
    signed = [index for index, sketch in enumerate(whole) if sketch.signed]
    chosen = (with_recipients or signed)[:1]
    return tuple(sketch.number for index in chosen for sketch in whole[index : index + 2])


def _dossier(fields: dict[str, Field], group: Group) -> tuple[str | None, DossierCodeFrom | None]:
    field = fields.get("dossier_code")
    if field is not None and field.value is not None:
        return field.value, "qr" if field.rule == QR else "text"
    return (group.code, "receipt") if group.code else (None, None)
