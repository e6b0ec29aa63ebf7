"""Number and symbol of a paper: `12/QĐ-UBND`, a letter's `34/SNV-TCBC`, a permit's and a register's numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ocr.fields.head import Head
from ocr.fields.numbering import parse_number
from ocr.fields.printed import number_doubts
from ocr.fields.rows import Row
from ocr.fields.wording import letters_of
from ocr.page import Word
from ocr.rules import KindRule, Rules
from ocr.vietnamese import one_form, plain_key

IN_HEAD = "left column"  # where the number stands on most papers
SEEN_BELOW = 3  # rows under a permit's title in which its number may stand

_LABEL = re.compile(r"^\W{0,2}s[o0ôốóồỗộ]\b\s{0,2}[:;.,]{0,2}|^\W{0,2}s[oôốóồ][:;.]", re.IGNORECASE)
_YEAR = re.compile(r"/((?:19|20)\d{2})(?:/|$)")


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A paper's number as it was found."""

    value: str | None  #: None where the label stands there but nothing that can be a number
    words: tuple[Word, ...]  #: label and number
    symbol: str  #: the type's letters, "" where there are none
    body: str  #: the letters of the body that issued it
    doubts: tuple[str, ...]
    rule: str

    @property
    def year(self) -> int | None:
        """The year that it holds: 12/2023/QĐ-UBND, 321/2023; None where it holds none."""
        match = _YEAR.search(self.value or "")
        return int(match[1]) if match else None


def find_number(head: Head, kind: KindRule | None, rules: Rules) -> ReadNumber | None:
    """The number in the left column, or under the title of a permit; None where neither has a label for one."""
    found: list[ReadNumber] = []
    for rule, rows in ((IN_HEAD, head.left), ("under the title", _under_title(head))):
        for index, row in enumerate(rows):
            words = _labelled(row, rules)
            if words is None:
                continue
            if len(words) == 1 and index + 1 < len(rows):
                words = (*words, *rows[index + 1].words)  # the number went to the next row
            found.append(_read(words, head, kind, rules, rule))
    good = [one for one in found if one.value]
    if good:
        return good[0]
    bare = _unlabelled(head, kind, rules)
    return bare or (found[0] if found else None)


def _under_title(head: Head) -> tuple[Row, ...]:
    if head.title is None:
        return ()
    below = [row for row in head.text.lines if row.box.y0 >= head.title.box.y1 - 0.3 * head.text.height]
    return tuple(row for row in below[:SEEN_BELOW] if len(row.words) <= 6)


def _labelled(row: Row, rules: Rules) -> tuple[Word, ...] | None:
    """The words from a number's label on, None where the row does not open with one."""
    for start in range(min(2, len(row.words))):
        text = plain_key(" ".join(word.text for word in row.words[start:]))
        marked = row.words[start].text[:1].isupper() and not row.words[start].text[:2].isupper()
        for label in rules.fields.head.number_labels:
            behind = r"\s{0,2}[:;.,]|\s?\d" + (r"|\s|$" if marked else "")  # SỞ Y TẾ has no number
            if re.match(rf"^\W{{0,2}}{re.escape(letters_of(label))}(?:{behind})", text):
                return row.words[start:]
    return None


def _read(words: Sequence[Word], head: Head, kind: KindRule | None, rules: Rules, rule: str) -> ReadNumber:
    text = one_form(" ".join(word.text for word in words))
    label = _LABEL.match(text)
    number = parse_number(text[label.end() :] if label else text.partition(" ")[2], kind, rules)
    if number is None:
        return ReadNumber(None, tuple(words), "", "", ("nothing that can be a number",), rule)
    doubts = (*number.doubts, *number_doubts(words, head.text))
    return ReadNumber(number.value, tuple(words), number.symbol, number.body, doubts, rule)


def _unlabelled(head: Head, kind: KindRule | None, rules: Rules) -> ReadNumber | None:
    """A number whose label was not read: a row of the left column that has a whole one, symbol and all."""
    for row in head.left:
        number = parse_number(row.text, kind, rules) if "/" in row.text and "-" in row.text else None
        if number is not None and number.symbol:
            doubts = ("no label before it", *number.doubts)
            return ReadNumber(number.value, row.words, number.symbol, number.body, doubts, IN_HEAD)
    return None
