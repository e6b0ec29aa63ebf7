"""All fields of one paper: each finding judged by the others and by what the rules know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ocr.fields.dates import ReadDate, date_behind_label, dates_of
from ocr.fields.head import Head, head_of
from ocr.fields.issuer import find_issuer
from ocr.fields.judging.case import UNCLEAR, Case
from ocr.fields.judging.forms import QR, form_fields
from ocr.fields.judging.heads import date_field, issuer_field, number_field, place_field
from ocr.fields.judging.texts import signing_fields, subject_field, urgency_field
from ocr.fields.number import IN_HEAD, ReadNumber, find_number
from ocr.fields.rows import Text, text_of
from ocr.fields.value import Field, missing
from ocr.page import ReadPage
from ocr.rules import KindRule, Rules

__all__ = ["QR", "UNCLEAR", "PagesToRead", "read_fields"]

MOST_WORDS = 14  # of a date line that stands over a signature; running text has more
RIGHT = 0.3  # share of the width right of which it begins


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesToRead:
    """The pages of one paper that fields stand on."""

    first: ReadPage
    signing: tuple[ReadPage, ...]  #: the page with the signing block and the one behind it; may be `first` itself


def read_fields(pages: PagesToRead, kind: KindRule | None, rules: Rules, *, today: date) -> dict[str, Field]:
    """The fields of a paper by name, and as missing those that its kind has and that were not found.

    kind: None where it is not known; then all that is found is kept and nothing is missed.
    """
    text = text_of(pages.first)
    head = head_of(text, rules)
    number = find_number(head, kind, rules)
    case = Case(
        rules=rules,
        kind=kind,
        text=text,
        head=head,
        today=today,
        number=number,
        date=_paper_date(head, text, kind, rules, today),
        issuer=find_issuer(head, rules, above=_top(number)),
    )
    signing: Sequence[Text] = [text if page is pages.first else text_of(page) for page in pages.signing]
    fields = [
        number_field(case),
        date_field(case),
        place_field(case),
        issuer_field(case),
        subject_field(case, [other for other in signing if other is not text]),
        *signing_fields(case, signing),
        urgency_field(case),
        *form_fields(case),
    ]
    found = {field.name: field for field in fields if field is not None}
    for name in kind.expects if kind else ():
        found.setdefault(name, missing(name, pages.first))
    return found


def _top(number: ReadNumber | None) -> float | None:
    """Where the number's row begins, under the names of bodies; None where it stands elsewhere."""
    return min(word.box.y0 for word in number.words) if number and number.rule == IN_HEAD else None


def _paper_date(head: Head, text: Text, kind: KindRule | None, rules: Rules, today: date) -> ReadDate | None:
    """The date of the head; else the last one that stands apart, as over a signature; else a register's.

    Administrative papers, which have a subject, have their date in the head: another one is doubted.
    """
    in_head = dates_of(head.right, text, today=today)
    if in_head:
        return in_head[0]
    apart = [row for row in text.lines if len(row.words) <= MOST_WORDS and row.box.x0 > RIGHT * text.width]
    over_signature = next((found for found in reversed(dates_of(apart, text, today=today)) if found.led), None)
    found = over_signature or date_behind_label(text, rules.fields.labels.date, today=today)
    if found is not None and kind is not None and kind.subject != "none":
        return replace(found, doubts=(*found.doubts, "it does not stand in the head"))
    return found
