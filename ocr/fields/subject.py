"""What a paper is about: centred under its title, or in the left column under a letter's number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import median

from ocr.fields.head import Head
from ocr.fields.rows import Row, Text, row_of, rows_of
from ocr.fields.wording import find, first_opening, opening
from ocr.page import Word
from ocr.rules import Rules
from ocr.vietnamese import key

OFF_CENTRE = 0.018  # share of the page's width by which a centred line may miss the title's middle
FAR_OFF = 0.07  # … beyond which it is none of the subject's
WIDE = 0.6  # share of the width; lines of running text are wider
LEAST_WIDE = 3  # of them, or margins are not known
CLOSE = 0.7  # heights of white under a subject's last line; less, and the next one may be its own
WHITE = 1.15  # heights of white between two lines of one subject; a paragraph's distance is more
FIRST_WHITE = 2.2  # heights between the title and its subject
MOST_ROWS = 9
_NUMBERED = re.compile(r"^(?:[IVX]{1,4}|\d{1,2}|[A-Da-d])\s?[.)]\s?\S")
_ABOUT = re.compile(r"^\W{0,2}V\s?[/|lIíìi1]?\s?[vV]\b")
_SPECKS = re.compile(r"^[\s,.;:'`´*_~|-]+")
#: `Về việc`, its accents misread or its blank lost.
_ABOUT_WORDS = re.compile(
    r"^(?P<v>[Vv])(?P<e>[eêềếểễẻẽèéàaÊỀẾỂỄÀ])\s?(?P<rest>(?:việc|viêc|VIỆC|VIÊC)\b.{0,2000})$", re.DOTALL
)
_TORN_MARK = re.compile(r"(?<=\w) ([,;.:])(?= |$)")
_OF = key("của")
_RULE = re.compile(r"^[\W_]+$")
_EDGE = re.compile(r"[_\-–—=+.~*\s]+$")


@dataclass(frozen=True, slots=True)
class ReadSubject:
    """A subject as it was found."""

    words: tuple[Word, ...]  #: of its lines, from `Về việc` or `V/v` on where it begins so
    doubts: tuple[str, ...]


def trimmed(subject: str) -> str:
    """A subject without specks before it and the rule under it, `Về việc` at its beginning put right."""
    kept = _TORN_MARK.sub(r"\1", _EDGE.sub("", _SPECKS.sub("", subject)))
    match = _ABOUT_WORDS.match(kept)
    return f"{match['v']}{'Ề' if match['e'].isupper() else 'ề'} {match['rest']}" if match else kept


def under_title(head: Head, rules: Rules) -> ReadSubject | None:
    """The centred lines under the title; None where none stand there."""
    title = head.title
    if title is None:
        return None
    text = head.text
    margins = _margins(text)
    words = _behind_heading(head)
    doubts: list[str] = []
    above = title.box.y1
    taken = 0
    for row in rows_of(text.words(lambda word: word.box.centre[1] > title.box.y1)):
        if row.box.y1 < title.box.y1 + 0.3 * text.height or _RULE.match(row.text):
            continue
        white = row.box.y0 - above
        if white > (WHITE if taken else FIRST_WHITE) * text.height or taken == MOST_ROWS or _ends_here(row, rules):
            break
        off = _off_centre(row, (title.box.x0 + title.box.x1) / 2, margins) / text.width
        if off > OFF_CENTRE and (off > FAR_OFF or _begins_paragraph(row, margins, text)):
            if white < CLOSE * text.height:
                doubts.append("the line below it stands so near that it may go on")
            break
        if off > OFF_CENTRE:
            doubts.append("its lines are not centred")
        words.extend(row.words)
        above = row.box.y1
        taken += 1
    return ReadSubject(tuple(words), tuple(dict.fromkeys(doubts))) if words else None


def _margins(text: Text) -> tuple[float, float]:
    """Left and right edge of the running text, pixels; the page's own where it has none."""
    wide = [row.box for row in text.lines if row.box.width > WIDE * text.width]
    if len(wide) < LEAST_WIDE:
        return 0.0, text.width
    lefts = sorted(box.x0 for box in wide)
    return lefts[len(lefts) // 10], median(box.x1 for box in wide)


def _off_centre(row: Row, middle: float, margins: tuple[float, float]) -> float:
    """Pixels by which a row misses the title's middle or the text's, whichever is nearer."""
    centre = row.box.centre[0]
    return min(abs(centre - middle), abs(centre - sum(margins) / 2))


def _begins_paragraph(row: Row, margins: tuple[float, float], text: Text) -> bool:
    """Whether a row begins indented and runs to the right margin, as the first line of running text does."""
    return row.box.x0 > margins[0] + 0.5 * text.height and row.box.x1 > margins[1] - 2 * text.height


def _behind_heading(head: Head) -> list[Word]:
    """What the title's own row says behind the heading: QUYẾT ĐỊNH BAN HÀNH …"""
    title = head.title
    if title is None or title.whole:
        return []
    joined = row_of([word for row in title.rows for word in row.words])
    place = opening(joined, title.heading)
    rest = joined.words[place.stop :] if place else ()
    if rest and key(rest[0].text) == _OF:
        return []  # QUYẾT ĐỊNH CỦA ỦY BAN …: who decides, not what
    return list(rest) if any(re.search(r"[^\W\d_]{2}", word.text) for word in rest) else []


def _ends_here(row: Row, rules: Rules) -> bool:
    """Whether a row is where the text begins, or names who decides."""
    words = rules.fields.subject
    if _NUMBERED.match(row.text):
        return True
    begins = row.text.lstrip("- ")[:1].isupper()  # `thực hiện` may go on with a subject, `Thực hiện` begins the text
    if (begins and first_opening(row, words.stops) is not None) or find(row, rules.fields.signing.addressed):
        return True
    return row.capitals and first_opening(row, words.authorities) is not None


def opens_subject(row: Row, rules: Rules) -> bool:
    """Whether a row begins a letter's subject: `V/v`, whose stroke is read for many things."""
    return bool(_ABOUT.match(row.text)) or first_opening(row, rules.fields.subject.openings) is not None


def in_left_column(head: Head, rules: Rules, *, below: float) -> ReadSubject | None:
    """A letter's subject: from `V/v` on, under the number; None where no line opens one.

    below: pixels from the top; the number's row.
    """
    text = head.text
    end = head.addressed.box.y0 if head.addressed else head.bottom
    rows = [row for row in head.left if below - 0.5 * text.height < row.box.centre[1] < end]
    start = next((index for index, row in enumerate(rows) if opens_subject(row, rules)), None)
    if start is None:
        return None
    words: list[Word] = list(rows[start].words)
    above = rows[start].box
    doubts: tuple[str, ...] = ()
    for row, lower in zip_longest(rows[start + 1 :], rows[start + 2 :]):
        if row.box.y0 - above.y1 > WHITE * text.height or find(row, rules.fields.signing.addressed):
            break
        if _arrival_stamp(row, lower, rules):
            doubts = ("an incoming stamp may cover a part of it",)
            break
        words.extend(row.words)
        above = row.box
    return ReadSubject(tuple(_without_rules(words)), doubts)


def _arrival_stamp(row: Row, lower: Row | None, rules: Rules) -> bool:
    """Whether a row is an incoming stamp's: `ĐẾN Số: …`, or the office's name in capitals over it."""
    stamps = rules.fields.subject.arrival
    if row.words[0].text.isupper() and first_opening(row, stamps) is not None:
        return True
    return row.capitals and lower is not None and first_opening(lower, stamps) is not None


def _without_rules(words: Sequence[Word]) -> list[Word]:
    kept = list(words)
    while kept and _RULE.match(kept[-1].text):
        kept.pop()
    return kept
