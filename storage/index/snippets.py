"""A few words around what was found, with their accents; plain text and places, never markup."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz.distance import OSA

from storage.index.fold import WORD, folded, without_tone
from storage.index.query import LONG_WORD, Asked

_BLANK = re.compile(r"\s")
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

    Sets of words and one pattern, and not a step for each word: twenty pages have nine thousand.
    """
    words = set(WORD.findall(text))
    wanted.learn(words - wanted.others - wanted.named.keys())
    if words.isdisjoint(wanted.named):
        return []
    whole = _pattern(frozenset(wanted.named))
    return [(*match.span(), wanted.named[match[0]]) for match in whole.finditer(text)]


@lru_cache(maxsize=64)  # the same for most pages of an answer
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?![^\W_])")


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
