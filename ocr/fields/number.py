"""Number and symbol of a paper: `12/QĐ-UBND`, a letter's `34/SNV-TCBC`, a permit's and a register's numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from ocr.fields.codes import digits_repaired
from ocr.fields.head import Head
from ocr.fields.printed import number_doubts
from ocr.fields.rows import Row
from ocr.fields.wording import letters_of
from ocr.page import Word
from ocr.rules import KindRule, Rules
from ocr.vietnamese import one_form, plain_key, without_accents

LONGEST = 60  # characters of a number with its symbol (TT 01/2023's own table)
IN_HEAD = "left column"  # where the number stands on most papers
SEEN_BELOW = 3  # rows under a permit's title in which its number may stand

_LABEL = re.compile(r"^\W{0,2}s[o0ôốóồỗộ]\b\s{0,2}[:;.,]{0,2}|^\W{0,2}s[oôốóồ][:;.]", re.IGNORECASE)
_PARTS = re.compile(r"^(?P<digits>[0-9OoIlSB|Ø]{1,6}[a-z]?)/(?:(?P<year>(?:19|20)\d{2})/)?(?P<symbol>[^/\d].{0,40})$")
_SYMBOL = re.compile(r"^[A-ZĐa-zđƯƠÔÂÊĂ&.,0-9]{1,14}(?:[-/][A-ZĐa-zđƯƠÔÂÊĂ&.,0-9]{1,14}){0,4}$")
_YEAR = re.compile(r"/((?:19|20)\d{2})(?:/|$)")
_EDGES = " .,;:'\"“”‘’*~_"


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
    rest = text[label.end() :] if label else text.partition(" ")[2]
    value, symbol, body, doubts = parsed(rest, kind, rules)
    doubts = (*doubts, *number_doubts(words, head.text)) if value else doubts
    return ReadNumber(value, tuple(words), symbol, body, doubts, rule)


def _unlabelled(head: Head, kind: KindRule | None, rules: Rules) -> ReadNumber | None:
    """A number whose label was not read: a row of the left column that has a whole one, symbol and all."""
    for row in head.left:
        if "/" not in row.text or "-" not in row.text:
            continue
        value, symbol, body, doubts = parsed(row.text, kind, rules)
        if value is not None and symbol:
            return ReadNumber(value, row.words, symbol, body, ("no label before it", *doubts), IN_HEAD)
    return None


def parsed(text: str, kind: KindRule | None, rules: Rules) -> tuple[str | None, str, str, tuple[str, ...]]:
    """What follows a label as (number, type's letters, body's letters, doubts); the number is None where it is none.

    text: up to 200 characters are looked at; blanks may stand anywhere in it.
    """
    tight = re.sub(r"\s+", "", one_form(text[:200])).strip(_EDGES)[:LONGEST]
    for pattern in kind.numbers if kind else ():
        if re.fullmatch(pattern, tight):
            after = tight.rpartition("/")[2] if "/" in tight else ""
            symbol, body = ("", "") if after.isdecimal() else _split_symbol(after, rules, kind)
            return tight, symbol, body, ()
    match = _PARTS.match(tight)
    if match is None:
        return _half(tight, rules, kind)
    doubts = []
    digits = match["digits"]
    repaired = digits_repaired(digits) if not digits.rstrip("abcdefgh").isdecimal() else digits
    if repaired != digits:
        doubts.append("letters among its digits")
    if not _SYMBOL.match(match["symbol"].strip(_EDGES)):
        doubts.append("its symbol has strange letters")
    symbol, body = _split_symbol(match["symbol"].strip(_EDGES), rules, kind)
    year = f"{match['year']}/" if match["year"] else ""
    return f"{repaired}/{year}{_joined(symbol, body)}", symbol, body, tuple(doubts)


def _half(tight: str, rules: Rules, kind: KindRule | None) -> tuple[str | None, str, str, tuple[str, ...]]:
    """A symbol whose digits were not read, as hand-written ones are not: the best that can be shown to a person."""
    before, slash, after = tight.partition("/")
    after = after.strip(_EDGES)
    if not slash or not after or not _SYMBOL.match(after) or not any(letter.isupper() for letter in after):
        return None, "", "", ("nothing that can be a number",)
    symbol, body = _split_symbol(after, rules, kind)
    digits = re.sub(r"\D", "", digits_repaired(before))[:6]
    return f"{digits}/{_joined(symbol, body)}", symbol, body, ("its digits cannot be read",)


def _joined(symbol: str, body: str) -> str:
    return f"{symbol}-{body}" if symbol and body else symbol or body


def _split_symbol(text: str, rules: Rules, kind: KindRule | None) -> tuple[str, str]:
    """The type's letters, spelt as the rules spell them, and the rest; ("", rest) for a letter.

    One letter too many, too few or misread is put right where the paper's title says which type it is.
    """
    first, _, rest = text.partition("-")
    if kind is not None and kind.symbol and rest:
        plain, wanted = (without_accents(one).casefold() for one in (first, kind.symbol))
        if plain != wanted and len(wanted) > 1 and Levenshtein.distance(plain, wanted, score_cutoff=1) <= 1:
            return kind.symbol, "-".join(_body(part, rules) for part in rest.split("-"))
    known = {without_accents(kind.symbol): kind.symbol for kind in rules.kinds if kind.symbol}
    exact = next((symbol for symbol in known.values() if symbol == first), None)
    symbol = exact or known.get(without_accents(first))
    if symbol is None:
        symbol = next(
            (known[plain] for plain in known if plain.casefold() == without_accents(first).casefold()), None
        )
    if symbol is None or not rest:
        return ("", text) if symbol is None else (symbol, "")
    return symbol, "-".join(_body(part, rules) for part in rest.split("-"))


def _body(part: str, rules: Rules) -> str:
    """A body's short name with its accents as the rules spell it: HDND → HĐND."""
    for short in rules.fields.head.short_names:
        if without_accents(part).casefold() == without_accents(short).casefold():
            return short
    return part
