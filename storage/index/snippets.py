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

    One pattern of the letters asked for over the text in bare letters, and each different word that it finds is
    judged once: twenty pages have nine thousand words, and a step for each of them cost more than the engine. (A
    pattern with every letter's accents took longer to compile than to search.)
    """
    if wanted.nearly:  # any letter may be amiss: no pattern
        words = set(WORD.findall(text))
        wanted.learn(words - wanted.others - wanted.named.keys())
        if words.isdisjoint(wanted.named):
            return []
        whole = _alternatives(frozenset(wanted.named))
        return [(*match.span(), wanted.named[match[0]]) for match in whole.finditer(text)]
    likely = _likely(frozenset(map(without_accents, wanted.raw | wanted.bare)), wanted.beginnings)
    if likely is None:
        return []
    bare = text.translate(_bare())
    spans = [match.span() for match in likely.finditer(bare)]
    found = [(start, end, text[start:end]) for start, end in spans if not (start and bare[start - 1].isalnum())]
    wanted.learn({word for _, _, word in found} - wanted.others - wanted.named.keys())
    return [(start, end, wanted.named[word]) for start, end, word in found if word in wanted.named]


@lru_cache(maxsize=64)  # the same for most pages of an answer
def _alternatives(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?![^\W_])")


@lru_cache(maxsize=64)
def _likely(words: frozenset[str], beginnings: tuple[tuple[str, bool], ...]) -> re.Pattern[str] | None:
    """What may end one of these words in bare letters, or one that begins so; None where there are none."""
    alternatives = sorted(words) + [f"{without_accents(letters)}[^\\W_]*" for letters, _ in beginnings]
    # That a word begins there is seen to by who asks: an assertion first keeps the engine from skipping to letters.
    return re.compile(rf"(?:{'|'.join(alternatives)})(?![^\W_])") if alternatives else None


@lru_cache(maxsize=1)
def _bare() -> str:
    """A table for `str.translate`: letters in lower case without accents, one for one, so that places hold.

    Whole up to the last Vietnamese letter, for what a table lacks costs ten times what it holds.
    """
    return "".join(bare if len(bare := _bare_letter(chr(code))) == 1 else chr(code) for code in range(LATIN.stop))


def _bare_letter(letter: str) -> str:
    return without_accents(letter.lower().replace("ð", "đ")) if letter.isalpha() else letter


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
