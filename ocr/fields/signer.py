"""Who signed, and as what: the block at the bottom right of a paper (NĐ 30/2020, điều 13).

Seals and signatures lie over it, so titles are often lost where the name is legible, and the other way round. Both
are looked for by themselves below `Nơi nhận`, which stands to the left of the block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ocr.fields.rows import Row, Text, plain_word, rows_of
from ocr.fields.wording import Place, first_opening, letters_of, opening
from ocr.page import Word
from ocr.rules import Rules
from ocr.vietnamese import is_syllable, key, name_case, one_form, starts_capital

COLUMN = 0.42  # share of the width from which on the block stands
CENTRE = 0.52  # share of the width right of which a row of the block has its middle
MOST_TITLE_ROWS = 4
COVERED, COVERED_LEFT = 2, 5  # letters of a title that a seal may cover, that must be left of it
TITLE_GAP = 1.6  # heights between two rows of a title
NAME_BELOW = 0.26  # share of the height from the title to the name: signature and seal lie between
NEXT_PAGE = 0.30  # share of the height of a page on which a name may stand alone, its title on the page before
NAME_WORDS = (2, 6)
APART = 1.2  # heights of white to the left of a name; running text has less
SEEN = 0.5  # confidence of a word beside a name that makes one doubt where the name begins or ends
DEPUTY = "pho"  # without accents
_EDGES = " .,;:'\"“”‘’*~_-|/\\()"
_AUTHORITY = re.compile(r"^\W{0,2}(?P<form>[TKQ]/[A-Z]{1,2}|[A-ZĐƯU]{1,3})\s?[.,:]?\s?(?P<rest>\S.*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A signing block's titles."""

    text: Text
    titles: tuple[Row, ...]  #: from the top; empty where they could not be read
    printed: tuple[str, ...]  #: the same in the rules' spelling where that is certain
    known: bool  #: every row is a title that the rules know
    top: float  #: pixels; the name stands below it

    @property
    def middle(self) -> float | None:
        """Of its titles, pixels from the left; None where there are none."""
        return sum(row.box.centre[0] for row in self.titles) / len(self.titles) if self.titles else None


@dataclass(frozen=True, slots=True)
class ReadName:
    """A signer's name as it was found."""

    value: str
    words: tuple[Word, ...]
    text: Text
    doubts: tuple[str, ...]


def has_block(text: Text, rules: Rules) -> bool:
    """Whether an officer's titles stand on the right half of a page."""
    return bool(_titles(text, rules, below=0.0))


def recipients_of(text: Text, rules: Rules) -> Row | None:
    """The row `Nơi nhận`, None where there is none."""
    return next((row for row in text.lines if opening(row, rules.fields.signing.recipients)), None)


def block_on(text: Text, rules: Rules) -> Block | None:
    """The signing block of a page; None where neither titles nor recipients tell where it stands."""
    recipients = recipients_of(text, rules)
    below = recipients.box.y0 - 4 * text.height if recipients else 0.0
    groups = _titles(text, rules, below=below)
    if groups:
        rows = tuple(groups[0] if recipients else groups[-1])
        spelt = [_spelt(row, rules) for row in rows]
        return Block(
            text=text,
            titles=rows,
            printed=tuple(title for title, _ in spelt),
            known=all(known for _, known in spelt),
            top=rows[-1].box.y1,
        )
    if recipients is None:
        return None
    return Block(text=text, titles=(), printed=(), known=False, top=recipients.box.y0 - 2 * text.height)


def _titles(text: Text, rules: Rules, *, below: float) -> list[list[Row]]:
    """Rows of officers' titles that follow each other, from the top."""
    words = text.words(lambda word: word.box.x0 > COLUMN * text.width and word.box.y0 >= below)
    groups: list[list[Row]] = []
    others = False
    for row in rows_of(words):
        if row.box.centre[0] < CENTRE * text.width:
            continue
        cut = _title_row(row, rules)
        if cut is None:
            others = others or (row.capitals and first_opening(row, rules.fields.signing.others) is not None)
            continue
        near = bool(groups) and cut.box.y0 - groups[-1][-1].box.y1 < TITLE_GAP * text.height
        if near and len(groups[-1]) < MOST_TITLE_ROWS:
            groups[-1].append(cut)
        else:
            groups.append([cut])
    return groups


def _title_row(row: Row, rules: Rules) -> Row | None:
    """The words of a row that are a title or name whom the signer stands for; None where it is neither."""
    if not row.capitals:
        return None
    signing = rules.fields.signing
    for start in range(min(3, len(row.words))):
        cut = row.part(start)
        match = _AUTHORITY.match(cut.text)
        if match and match["form"] in signing.authority and len(cut.letters) > len(match["form"]) + 3:
            return cut
        place = first_opening(cut, signing.titles)
        if place is not None:
            return cut.part(0, place.stop) if _dust_behind(cut, place) else cut
    return row if covered_title(letters_of(row.text), rules) else None


def covered_title(plain: str, rules: Rules) -> str | None:
    """The title that these letters end, all but its first one or two, which a seal covers: `HỦ TỊCH`."""
    if len(plain) < COVERED_LEFT:
        return None
    whole = [(title, letters_of(title)) for title in rules.fields.signing.titles]
    ends = {title for title, name in whole if name.endswith(plain) and 0 < len(name) - len(plain) <= COVERED}
    return ends.pop() if len(ends) == 1 else None


def _dust_behind(row: Row, place: Place) -> bool:
    return all(word.confidence < SEEN or len(word.text) <= 2 for word in row.words[place.stop :])


def _spelt(row: Row, rules: Rules) -> tuple[str, bool]:
    """A row of a title in the rules' spelling, and whether they know it."""
    match = _AUTHORITY.match(row.text)
    form, rest = (
        (match["form"], match["rest"]) if match and match["form"] in rules.fields.signing.authority else ("", "")
    )
    said = rest if form else row.text.strip(_EDGES)
    known = _known_title(letters_of(said), rules)
    title = known or covered_title(letters_of(said), rules) or said
    mark = " " if "/" in form else ". "  # T/M before 2004
    return f"{form}{mark}{title}" if form else title, known is not None


def _known_title(plain: str, rules: Rules) -> str | None:
    """The title or the body with these letters, accents as the rules have them."""
    names = (*rules.fields.signing.titles, *rules.fields.head.organs)
    return next((name for name in names if letters_of(name) == plain), None)


def find_name(block: Block, rules: Rules, following: Text | None) -> ReadName | None:
    """The name under a block's title, on its own page or at the top of the next one; None where none is found."""
    text = block.text
    low = block.top + NAME_BELOW * text.tall if block.titles else text.tall
    found = _best(_rows(text, block.top, low), text, block.middle, rules)
    if found is None and following is not None:
        found = _best(_rows(following, 0.0, NEXT_PAGE * following.tall), following, None, rules)
    return found


def _rows(text: Text, top: float, low: float) -> list[Row]:
    """Rows between two heights that stand in the block's column, away from what is left of it."""
    rows = []
    for row in rows_of(text.words(lambda word: top < word.box.centre[1] < low)):
        inside = [word for word in row.words if word.box.x0 > COLUMN * text.width]
        left = [word.box.x1 for word in row.words if word.box.x0 <= COLUMN * text.width]
        if inside and (not left or inside[0].box.x0 - max(left) > APART * text.height):
            rows.append(row.part(len(row.words) - len(inside)))
    return rows


def _best(rows: Sequence[Row], text: Text, middle: float | None, rules: Rules) -> ReadName | None:
    """The likeliest name among rows: with a family name, whole, under the title's middle."""
    best: tuple[float, ReadName] | None = None
    for row in rows:
        read = _name_in(row, text, rules)
        if read is None:
            continue
        sure = sum(word.confidence for word in read.words) / len(read.words)
        centre = (read.words[0].box.x0 + read.words[-1].box.x1) / 2
        off = abs(centre - (middle or 0.72 * text.width)) / text.width
        score = sure - 0.4 * len(read.doubts) - 2 * off
        if off < 0.17 and score > 0.2 and (best is None or score > best[0]):
            best = (score, read)
    return best[1] if best else None


def _name_in(row: Row, text: Text, rules: Rules) -> ReadName | None:
    """The longest run of words in a row that can be a name; None where there is none."""
    runs: list[tuple[int, int]] = []
    start = 0
    for index in range(len(row.words) + 1):
        if index < len(row.words) and _name_word(row.words[index].text):
            continue
        if index - start >= NAME_WORDS[0]:
            runs.append((start, index))
        start = index + 1
    if not runs or _title_row(row, rules) is not None or first_opening(row, rules.fields.signing.others):
        return None
    first, stop = max(runs, key=lambda run: run[1] - run[0])
    words = row.words[first:stop]
    beside = [word for word in (*row.words[:first], *row.words[stop:]) if word.confidence >= SEEN]
    doubts = name_doubts([word.text for word in words], rules)
    if any(any(letter.isalpha() for letter in word.text) for word in beside):
        doubts = (*doubts, "something stands beside it")
    value = with_family_name(name_case(" ".join(one_form(word.text).strip(_EDGES) for word in words)), rules)
    return ReadName(value, tuple(words), text, doubts)


@lru_cache(maxsize=4096)
def _name_word(word: str) -> bool:
    text = one_form(word).strip(_EDGES)
    return text.isalpha() and (starts_capital(text) or text.isupper()) and is_syllable(text)


def name_doubts(words: Sequence[str], rules: Rules) -> tuple[str, ...]:
    """What speaks against words being a person's name, for people."""
    names = [one_form(word).strip(_EDGES) for word in words]
    doubts = []
    if not NAME_WORDS[0] <= len(names) <= NAME_WORDS[1]:
        doubts.append("a name has two to six words")
    if not names or key(names[0]) not in _surnames(rules.fields.surnames):
        doubts.append("it does not begin with a known family name")
    if not all(is_syllable(name) for name in names):
        doubts.append("a word of it is no Vietnamese syllable")
    return tuple(doubts)


def with_family_name(name: str, rules: Rules) -> str:
    """A name whose family name has the accents of the only one that it can be: Trân Văn Bình → Trần Văn Bình."""
    first, _, rest = name.partition(" ")
    if key(first) in _surnames(rules.fields.surnames):
        return name
    alike = {surname for surname in rules.fields.surnames if plain_word(surname) == plain_word(first)}
    return f"{alike.pop()} {rest}" if len(alike) == 1 and rest else name


@lru_cache(maxsize=8)
def _surnames(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(key(name) for name in names)


def deputy_doubts(printed: Sequence[str]) -> tuple[str, ...]:
    """`KT.` is signed by a deputy: the same title below it means that PHÓ was covered."""
    for upper, lower in pairwise(printed):
        if upper.startswith("KT.") and letters_of(upper)[2:] == letters_of(lower):
            return ("KT. is signed by a deputy",)
    if printed and printed[-1].startswith("KT."):
        return ("a deputy's title should follow",)
    forms = any("." in row or "/" in row for row in printed[:-1])
    if printed and plain_word(printed[-1].split()[0]) == DEPUTY and not forms:
        return ("a deputy signs for somebody, and KT. was not read",)
    return ()
