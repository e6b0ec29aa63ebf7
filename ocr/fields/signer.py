"""Who signed, and as what: the block at the bottom right of a paper's last page (NĐ 30/2020, điều 13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ocr.fields.rows import Row, Text, rows_of
from ocr.fields.wording import first_opening, letters_of, likeness
from ocr.page import Word
from ocr.rules import Rules
from ocr.vietnamese import is_syllable, key, name_case, one_form, starts_capital

COLUMN = 0.42  # share of the width from which on the block stands
CENTRE = 0.52  # share of the width right of which the block's own middle lies
MOST_TITLE_ROWS = 4
NAME_BELOW = 0.24  # share of the height from the title to the name: signature and seal lie between
NEXT_PAGE = 0.30  # share of the height of a page on which a name may stand alone, its title on the page before
NAME_WORDS = (2, 6)
_EDGES = " .,;:'\"“”‘’*~_-|/\\()"
_AUTHORITY = re.compile(r"^\W{0,2}(?P<form>[A-ZĐƯU]{1,3})\s?[.,:]")


@dataclass(frozen=True, slots=True)
class Block:
    """A signing block's titles."""

    text: Text
    titles: tuple[Row, ...]
    other: bool  #: somebody who is no officer: an applicant, a giver

    @property
    def printed(self) -> str:
        """The title's rows, ` / ` between."""
        return " / ".join(row.text.strip(_EDGES) for row in self.titles)


@dataclass(frozen=True, slots=True)
class ReadName:
    """A signer's name as it was found."""

    value: str
    row: Row
    text: Text
    doubts: tuple[str, ...]


def blocks_on(text: Text, rules: Rules) -> list[Block]:
    """The signing blocks on the right half of a page, from the top."""
    words = text.words(lambda word: word.box.x0 > COLUMN * text.width)
    rows = [row for row in rows_of(words) if row.box.centre[0] > CENTRE * text.width]
    blocks: list[Block] = []
    open_rows: list[Row] = []
    for row in rows:
        cut = _title_row(row, rules)
        near = bool(open_rows) and row.box.y0 - open_rows[-1].box.y1 < 1.6 * text.height
        if cut is not None and open_rows and near and len(open_rows) < MOST_TITLE_ROWS:
            open_rows.append(cut)
        elif cut is not None:
            blocks += _closed(open_rows, text, rules)
            open_rows = [cut]
    return blocks + _closed(open_rows, text, rules)


def _closed(rows: Sequence[Row], text: Text, rules: Rules) -> list[Block]:
    if not rows:
        return []
    other = any(first_opening(row, rules.fields.signing.others) is not None for row in rows)
    return [Block(text=text, titles=tuple(rows), other=other)]


def _title_row(row: Row, rules: Rules) -> Row | None:
    """The words of a row that are a title or name whom the signer stands for; None where it is neither."""
    signing = rules.fields.signing
    for start in range(min(3, len(row.words))):
        cut = row.part(start)
        if not cut.capitals:
            continue
        match = _AUTHORITY.match(cut.text)
        if match and match["form"] in signing.authority and len(cut.letters) > len(match["form"]):
            return cut
        place = first_opening(cut, (*signing.titles, *signing.others))
        if place is not None and place.stop >= min(2, len(cut.words)):
            return cut
    return None


def find_name(block: Block, rules: Rules, following: Text | None) -> ReadName | None:
    """The name under a block's title, on its own page or at the top of the next one; None where none is found."""
    text = block.text
    last = block.titles[-1].box
    middle = last.centre[0]
    low = last.y1 + NAME_BELOW * text.tall
    words = text.words(lambda word: word.box.x0 > COLUMN * text.width and last.y1 < word.box.centre[1] < low)
    found = _best(rows_of(words), text, middle, rules)
    if found is None and following is not None:
        high = NEXT_PAGE * following.tall
        words = following.words(lambda word: word.box.x0 > COLUMN * following.width and word.box.centre[1] < high)
        found = _best(rows_of(words), following, middle, rules)
    return found


def _best(rows: Sequence[Row], text: Text, middle: float, rules: Rules) -> ReadName | None:
    """The likeliest name among rows: whole, under the title's middle, the lower the better."""
    best: tuple[float, ReadName] | None = None
    for row in rows:
        for cut in _cuts(row):
            doubts = name_doubts([word.text for word in cut.words], rules)
            off = abs(cut.box.centre[0] - middle) / text.width
            if off > 0.14:
                continue
            sure = sum(word.confidence for word in cut.words) / len(cut.words)
            score = sure + 0.1 * len(cut.words) - 0.5 * len(doubts) - 3 * off
            if best is None or score > best[0]:
                best = (score, ReadName(name_case(_clean(cut)), cut, text, doubts))
    return best[1] if best and best[0] > 0.4 else None


def _cuts(row: Row) -> list[Row]:
    """A row, and its parts, that have as many words as a name and begin with capitals."""
    cuts = []
    for start in range(len(row.words)):
        for stop in range(start + NAME_WORDS[0], min(len(row.words), start + NAME_WORDS[1]) + 1):
            cut = row.part(start, stop)
            if all(_name_word(word) for word in cut.words):
                cuts.append(cut)
    return cuts


def _name_word(word: Word) -> bool:
    text = one_form(word.text).strip(_EDGES)
    return text.isalpha() and (starts_capital(text) or text.isupper()) and is_syllable(text)


def _clean(row: Row) -> str:
    return " ".join(one_form(word.text).strip(_EDGES) for word in row.words)


def name_doubts(words: Sequence[str], rules: Rules) -> tuple[str, ...]:
    """What speaks against words being a person's name, for people."""
    names = [one_form(word).strip(_EDGES) for word in words]
    doubts = []
    if not NAME_WORDS[0] <= len(names) <= NAME_WORDS[1]:
        doubts.append("a name has two to six words")
    if not names or key(names[0]) not in {key(surname) for surname in rules.fields.surnames}:
        doubts.append("it does not begin with a known family name")
    if not all(is_syllable(name) for name in names):
        doubts.append("a word of it is no Vietnamese syllable")
    return tuple(doubts)


def titles_in_rules(title: str, rules: Rules) -> bool:
    """Whether a title's last row is one that the rules know, letter for letter but for accents."""
    plain = letters_of(title.rpartition(" / ")[2])
    return any(likeness(plain, known) == 1.0 for known in rules.fields.signing.titles)
