"""A few words around what was found, with their accents; plain text and places, never markup."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz.distance import OSA

from storage.index.fold import WORD, folded, without_accents, without_tone
from storage.index.query import LONG_WORD, Asked

_BLANK = re.compile(r"\s")
LATIN = range(0xC0, 0x1EFA)  # letters with accents; the Vietnamese ones lie at both its ends
AROUND = 90  # letters before and behind the densest place


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which words of a page are to be marked."""

    raw: frozenset[str]  #: with just these accents
    bare: frozenset[str]  #: with any
    beginnings: tuple[tuple[str, bool], ...] = ()  #: letters, and whether their accents are meant
    nearly: tuple[str, ...] = ()  #: without accents, a letter may be amiss
    named: dict[str, str] = field(default_factory=dict)  #: as written on pages met before → word asked for
    others: set[str] = field(default_factory=set)  #: met before and not asked for: pages say the same words

    def learn(self, written: Iterable[str]) -> None:
        """Judge words of a page, as they are written there."""
        for word in written:
            name = self._names(*folded(word))
            if name is None:
                self.others.add(word)
            else:
                self.named[word] = name

    def _names(self, raw: str, fold: str) -> str | None:
        if raw in self.raw:
            return raw
        if fold in self.bare:
            return fold
        for letters, accented in self.beginnings:
            if (raw if accented else fold).startswith(letters):
                return letters
        for word in self.nearly:
            if abs(len(word) - len(fold)) <= 1 and OSA.distance(word, fold, score_cutoff=1) <= 1:
                return word
        return None


def sought(asked: Asked, *, near: bool) -> Sought:
    """What a query wants to see marked."""
    wanted = [clause for clause in asked.clauses if not clause.without]
    begun = [clause.words[-1] for clause in wanted if clause.begun]
    whole = [word for clause in wanted for word in (clause.words[:-1] if clause.begun else clause.words)]
    return Sought(
        raw=frozenset(word.raw for word in whole if word.accented),
        bare=frozenset(word.fold for word in whole if not word.accented),
        beginnings=tuple((without_tone(word.raw) if word.accented else word.fold, word.accented) for word in begun),
        nearly=tuple(word.fold for word in whole if near and len(word.fold) >= LONG_WORD),
    )


def snippet(text: str, wanted: Sought) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The part of a page where most of the words stand, and where in it they are."""
    found = found_in(text, wanted)
    if not found:
        return " ".join(text[: 2 * AROUND].split()), ()
    best = _densest(found)
    start, end = _edges(text, best - AROUND // 2, best + 2 * AROUND)
    shown = _BLANK.sub(" ", text[start:end])
    marks = tuple((first - start, last - start) for first, last, _ in found if start <= first < last <= end)
    return shown, marks


def found_in(text: str, wanted: Sought) -> list[tuple[int, int, str]]:
    """(begin, end, word asked for) of each word of a text that is to be marked, in order.

    One pattern of the letters asked for, with any accents and in either case, and each different word that it finds
    is judged once: twenty pages have nine thousand words, and a step for each of them cost more than the engine.
    """
    if wanted.nearly:  # any letter may be amiss: no pattern
        words = set(WORD.findall(text))
        wanted.learn(words - wanted.others - wanted.named.keys())
        if words.isdisjoint(wanted.named):
            return []
        whole = _alternatives(frozenset(wanted.named))
        return [(*match.span(), wanted.named[match[0]]) for match in whole.finditer(text)]
    likely = _letters(wanted.raw | wanted.bare, tuple(letters for letters, _ in wanted.beginnings))
    if likely is None:
        return []
    found = [(*match.span(), match[0]) for match in likely.finditer(text)]
    wanted.learn({word for _, _, word in found} - wanted.others - wanted.named.keys())
    return [(start, end, wanted.named[word]) for start, end, word in found if word in wanted.named]


@lru_cache(maxsize=64)  # the same for most pages of an answer
def _alternatives(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?![^\W_])")


@lru_cache(maxsize=64)
def _letters(words: frozenset[str], beginnings: tuple[str, ...]) -> re.Pattern[str] | None:
    """What may be one of these words or begin so; None where there are none."""
    alternatives = [_in_any_accents(word) for word in sorted(words)]
    alternatives += [f"{_in_any_accents(letters)}[^\\W_]*" for letters in beginnings]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(alternatives)})(?![^\W_])") if alternatives else None


def _in_any_accents(word: str) -> str:
    return "".join(_with_accents(letter) for letter in without_accents(word))


def _with_accents(letter: str) -> str:
    """A class of a letter in both cases with all its accents."""
    return f"[{letter}{letter.upper()}{_accented().get(letter, '')}]"


@lru_cache(maxsize=1)
def _accented() -> dict[str, str]:
    """Bare letter → those that have accents, in both cases."""
    letters: dict[str, str] = {}
    for one in filter(str.isalpha, map(chr, LATIN)):
        bare = without_accents(one.lower().replace("ð", "đ"))
        letters[bare] = letters.get(bare, "") + one
    return letters


def _densest(found: Sequence[tuple[int, int, str]]) -> int:
    """Where most of the different words asked for stand close behind."""
    starts = [start for start, _, _ in found]
    most, best = 0, starts[0]
    for place, start in enumerate(starts):
        different = len({name for _, _, name in found[place : bisect_right(starts, start + 2 * AROUND)]})
        if different > most:
            most, best = different, start
    return best


def _edges(text: str, start: int, end: int) -> tuple[int, int]:
    """Cut at blanks, so that no word is torn."""
    start, end = max(0, start), min(len(text), end)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end
