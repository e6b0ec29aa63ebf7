"""What is kept of a page while a pile is cut: a few facts instead of its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ocr.fields.codes import find_dossier_codes
from ocr.fields.dates import dates_of
from ocr.fields.head import head_of
from ocr.fields.marks import find_mark
from ocr.fields.number import IN_HEAD, find_number
from ocr.fields.rows import Text, text_of
from ocr.fields.signer import has_block, recipients_of
from ocr.fields.wording import first_opening, opening
from ocr.page import FailedPage, Page, ReadPage
from ocr.papers.kinds import kind_of
from ocr.papers.paper import UNKNOWN, Kind
from ocr.rules import Rules, phrase_plain
from ocr.vietnamese import is_capitals

ANNEX_WITHIN = 0.35  # share of the height
READ = 0.5  # confidence of a word that counts as read
MARKS_WITHIN = 0.5  # share of the height in which marks stand
PAGE_NUMBER_WITHIN = 0.09  # share of the height: page numbers stand in the top margin (NĐ 30/2020)
_PAGE_NUMBER = re.compile(r"^\W*(\d{1,3})\W*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A page as the cutting sees it."""

    number: int
    blank: bool = False
    error: str | None = None  #: why it could not be read
    size: tuple[float, float] = (0.0, 0.0)  #: millimetres; zeros where unknown
    kind: Kind = UNKNOWN  #: what it would be as a first page
    receipt: bool = False
    separator: bool = False
    codes: tuple[str, ...] = ()  #: dossier codes in its QR and bar codes; where a receipt has none, those in its text
    nation: bool = False  #: the nation's name or motto stands at its head
    issuer: bool = False  #: a body's name stands at the left of the head
    numbered: bool = False  #: a number's label stands in the head
    should_be_numbered: bool = False  #: its kind has numbers, or it is of none
    dated: bool = False
    titled: bool = False
    annex: bool = False  #: its head says that it belongs to another paper
    draft: bool = False
    page_number: int | None = None  #: as printed in the top margin
    recipients: bool = False  #: Nơi nhận
    signed: bool = False  #: an officer's signing block
    red_unread: bool = False  #: print in red in its upper half was not read: a mark, perhaps of secrecy
    certified_copy: bool = False  #: bears the stamp of a certified paper copy
    secrecy: str | None = None  #: the mark of a state secret


def sketch_of(page: Page, rules: Rules, *, today: date) -> Sketch:
    """The few facts of a page."""
    if isinstance(page, FailedPage):
        return Sketch(number=page.number, error=page.error)
    facts = page.facts
    size = (facts.width / facts.dpi * 25.4, facts.height / facts.dpi * 25.4) if facts.dpi > 0 else (0.0, 0.0)
    separator, codes = _codes(page, rules)
    if facts.blank or separator:
        return Sketch(
            number=facts.number, blank=facts.blank and not codes, size=size, separator=separator, codes=codes
        )
    text = text_of(page)
    head = head_of(text, rules)
    number = find_number(head, None, rules)
    kind = kind_of(head, number, rules)
    rule = rules.kind(kind.code)
    receipt = rule is not None and rule.layout == "receipt"
    if receipt and not codes:
        codes = find_dossier_codes(page.text)
    mark = find_mark(text, rules.fields.marks.secrecy)
    return Sketch(
        number=facts.number,
        size=size,
        kind=kind,
        receipt=receipt,
        codes=codes,
        nation=head.nation is not None or head.motto is not None,
        issuer=any(first_opening(row, rules.fields.head.organs) for row in head.left if row.capitals),
        numbered=number is not None and (number.value is not None or number.rule == IN_HEAD),
        should_be_numbered=rule is None or "number" in rule.expects,
        dated=bool(dates_of(head.right, text, today=today)),
        titled=head.title is not None,
        annex=_head_says(text, rules.fields.grouping.annex),
        draft=_head_says(text, rules.fields.grouping.drafts),
        page_number=_page_number(text),
        recipients=recipients_of(text, rules) is not None,
        signed=has_block(text, rules),
        red_unread=_red_unread(text),
        certified_copy=any(phrase_plain(phrase) in text.plain for phrase in rules.fields.exclusions.certified_copy),
        secrecy=mark.phrase if mark else None,
    )


def _codes(page: ReadPage, rules: Rules) -> tuple[bool, tuple[str, ...]]:
    """Whether the page is a separator sheet, and the dossier codes of its QR and bar codes."""
    marks = rules.fields.grouping.separators
    separator = any(code.text.split(" ")[0] in marks for code in page.barcodes)
    codes = tuple(code for barcode in page.barcodes for code in find_dossier_codes(barcode.text))
    return separator, tuple(dict.fromkeys(codes))


def _head_says(text: Text, phrases: Sequence[str]) -> bool:
    """Whether a line at the head of the page opens with one of the phrases."""
    limit = ANNEX_WITHIN * text.tall
    rows = [row for row in text.lines if row.box.y0 < limit]
    for phrase in phrases:
        capitals = is_capitals(phrase)  # DỰ THẢO is a mark, dự thảo a word
        if any(opening(row, phrase) and (row.capitals or not capitals) for row in rows):
            return True
    return False


def _red_unread(text: Text) -> bool:
    """Whether red print stands in the page's upper half of which no word was read."""
    words = text.words(lambda word: word.confidence >= READ)
    red = [box for box in text.page.facts.red_print if box.y0 < MARKS_WITHIN * text.tall]
    return any(not any(box.overlap(word.box) for word in words) for box in red)


def _page_number(text: Text) -> int | None:
    for row in text.lines[:3]:
        match = _PAGE_NUMBER.match(row.text)
        if match and row.box.y1 < PAGE_NUMBER_WITHIN * text.tall:
            return int(match[1])
    return None
