"""The head of a paper's first page: two columns over a title (NĐ 30/2020, phụ lục I; older papers are alike)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rapidfuzz import fuzz

from ocr.fields.rows import Row, Text, row_of, rows_of, word_letters
from ocr.fields.wording import find, letters_of, opening
from ocr.geometry import Box
from ocr.page import Word
from ocr.rules import KindRule, Rules

NATION_WITHIN = 0.45  # share of the page's height; lower ones belong to a form inside a paper
NATION_LIKE = 78.0  # of 100: seals and stamps cover parts of it
TITLE_WITHIN = 0.62
TITLE_CENTRE = (0.36, 0.70)  # share of the page's width: titles are centred over the text, heads are not
NO_NATION_SPLIT = 0.47  # share of the width where columns part when neither nation nor motto was read
OVER_HEAD = 1.0  # heights over the nation's name from which on print is a stamp's or a mark, not the head's
HEAD_WITHIN = 0.42  # share of the height that a head takes where neither title nor address ends it
OVERHANG = 8.0  # heights that a place's name may reach out of its column
COLUMNS_APART = 1.8  # times a line's usual blank: two columns that an engine took for one line
BLANK = 0.9  # heights that a blank takes at most
SHORT_HEADING = 6  # letters; a shorter heading must be nearly the whole row


@dataclass(frozen=True, slots=True)
class Title:
    """The line that names the kind of paper."""

    kind: KindRule
    heading: str
    rows: tuple[Row, ...]  #: one, or two where it is broken
    likeness: float  #: 0 to 1
    whole: bool  #: nothing else stands in the row

    @property
    def box(self) -> Box:
        """Around its rows."""
        return Box(
            min(row.box.x0 for row in self.rows),
            self.rows[0].box.y0,
            max(row.box.x1 for row in self.rows),
            self.rows[-1].box.y1,
        )


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a paper's text."""

    text: Text
    nation: Row | None
    motto: Row | None
    split: float  #: pixels from the left: the columns part here
    title: Title | None
    addressed: Row | None  #: "Kính gửi"
    bottom: float  #: pixels from the top: title or text begins here
    left: tuple[Row, ...]  #: issuer, number, a letter's subject
    right: tuple[Row, ...]  #: nation, motto, place and date


def head_of(text: Text, rules: Rules) -> Head:
    """Part the top of a page into what a head has; everything may be missing."""
    words = rules.fields.head
    nation = _like(text, words.nation)
    motto = _like(text, words.motto)
    top = max((row.box.y1 for row in (nation, motto) if row), default=0.0)
    middle = max((row.box.centre[1] for row in (nation, motto) if row), default=0.0)
    title = find_title(text, rules.kinds, below=middle)
    addressed = next(
        (row for row in text.lines if row.box.y0 > top and find(row, rules.fields.signing.addressed)), None
    )
    ends = [box.y0 for box in (title.box if title else None, addressed.box if addressed else None) if box]
    bottom = min([end for end in ends if end > top] or [max(top, HEAD_WITHIN * text.tall)])
    split = _split(text, nation, motto)
    slack = 0.4 * text.height
    over = min((row.box.y0 for row in (nation, motto) if row), default=0.0) - OVER_HEAD * text.height
    left, right = _columns(text, split, lambda word: over < word.box.centre[1] < bottom - slack)
    return Head(
        text=text,
        nation=nation,
        motto=motto,
        split=split,
        title=title,
        addressed=addressed,
        bottom=bottom,
        left=rows_of(left),
        right=rows_of(right),
    )


def _columns(text: Text, split: float, inside: Callable[[Word], bool]) -> tuple[list[Word], list[Word]]:
    """The words of both columns. A line that reaches over the split a little is one column's, not two halves."""
    columns: tuple[list[Word], list[Word]] = ([], [])
    for row in text.lines:
        words = [word for word in row.words if inside(word)]
        at = _cut(words, split, text.height)
        columns[0].extend(words[:at])
        columns[1].extend(words[at:])
    return columns


def _cut(words: Sequence[Word], split: float, height: float) -> int:
    """How many of a line's words stand in the left column."""
    sides = [word.box.centre[0] < split for word in words]
    at = sum(sides)
    if at in (0, len(words)) or not all(sides[:at]):
        return at
    beyond = (at, split - words[0].box.x0), (len(words) - at, words[-1].box.x1 - split)
    short = min(beyond, key=lambda side: side[1])
    gaps = [right.box.x0 - left.box.x1 for left, right in pairwise(words)]
    apart = max(BLANK * height, COLUMNS_APART * median(gaps))
    if short[1] > OVERHANG * height or gaps[at - 1] > apart:
        return at
    return 0 if short is beyond[0] else len(words)


def _like(text: Text, phrase: str) -> Row | None:
    """The words of the first line that are a fixed phrase, misread or covered in parts."""
    wanted = letters_of(phrase)
    best: tuple[float, Row] | None = None
    for row in text.lines:
        if row.box.y0 > NATION_WITHIN * text.tall or len(row.letters) < 0.5 * len(wanted):
            continue
        found = fuzz.partial_ratio_alignment(wanted, row.letters, score_cutoff=NATION_LIKE)
        if found is None or (best and found.score <= best[0]):
            continue
        first, last = _words_between(row, found.dest_start, found.dest_end)
        best = (found.score, row.part(first, last))
    return best[1] if best else None


def _words_between(row: Row, start: int, end: int) -> tuple[int, int]:
    """Words of a row that hold its letters from `start` to `end`."""
    counts = [len(word_letters(word.text)) for word in row.words]
    first, seen = 0, 0
    for index, count in enumerate(counts):
        if seen + count / 2 <= start:
            first = index + 1
        seen += count
        if seen >= end:
            return min(first, index), index + 1
    return min(first, len(row.words) - 1), len(row.words)


def _split(text: Text, nation: Row | None, motto: Row | None) -> float:
    rows = [row for row in (nation, motto) if row]
    if not rows:
        return NO_NATION_SPLIT * text.width
    return min(row.box.x0 for row in rows) - 0.3 * text.height


def find_title(text: Text, kinds: Sequence[KindRule], *, below: float) -> Title | None:
    """The first line in capitals that opens with a kind's heading; of several headings the longest.

    below: pixels from the top; a title stands under the nation's name and its motto, beside which a body's name may
    end with KẾ HOẠCH.
    """
    lines = [row for row in text.lines if row.box.y0 > below and row.box.y0 < TITLE_WITHIN * text.tall]
    for rows in _candidates(lines, text):
        joined = row_of([word for row in rows for word in row.words])
        titles = [title for kind in kinds for title in _titles(joined, rows, kind)]
        if titles:
            return max(titles, key=lambda title: title.likeness * len(letters_of(title.heading)))
    return None


def _titles(joined: Row, rows: tuple[Row, ...], kind: KindRule) -> Iterator[Title]:
    for heading in kind.headings:
        place = opening(joined, heading)
        if place is None or (len(rows) > 1 and place.stop <= len(rows[0].words)):
            continue
        whole = place.stop == len(joined.words)
        if len(letters_of(heading)) < SHORT_HEADING and not whole and len(joined.words) > place.stop + 4:
            continue
        yield Title(kind=kind, heading=heading, rows=rows, likeness=place.likeness, whole=whole)


def _candidates(lines: Sequence[Row], text: Text) -> Iterator[tuple[Row, ...]]:
    """Rows that may be a title, from the top: a broken one before its first line alone."""
    low, high = (share * text.width for share in TITLE_CENTRE)
    able = [row for row in lines if row.capitals and low <= row.box.centre[0] <= high]
    for index, upper in enumerate(able):
        lower = able[index + 1] if index + 1 < len(able) else None
        if lower is not None and 0 < lower.box.y0 - upper.box.y0 < 3 * text.height:
            yield upper, lower
        yield (upper,)
