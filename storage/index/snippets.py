"""A few words around what was found, with their accents; plain text and places, never markup."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import ModuleType
from typing import Any

from rapidfuzz.distance import OSA

from storage.index.fold import WORD, folded, without_accents, without_tone
from storage.index.query import LONG_WORD, Asked

_OTHER_BLANK = re.compile(r"[^\S ]")
_NO_WORD = re.compile(r"[\W_]")  # the opposite of WORD
LATIN = range(0xC0, 0x1EFA)  # letters with accents; the Vietnamese ones lie at both its ends
AROUND = 90  # letters before and behind the densest place


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which words of a page are to be marked."""

    raw: frozenset[str]  #: with just these accents
    bare: frozenset[str]  #: with any
    letters: frozenset[str]  #: both of them in bare letters
    beginnings: tuple[tuple[str, bool], ...] = ()  #: letters, and whether their accents are meant
    nearly: tuple[str, ...] = ()  #: without accents, a letter may be amiss
    met: dict[str, str | None] = field(default_factory=dict)  #: word as pages write it → `name`: they write the same

    def name(self, written: str) -> str | None:
        """Which word asked for stands on a page, as it is written there; None for another word."""
        try:
            return self.met[written]
        except KeyError:
            self.met[written] = name = self._names(*folded(written))
            return name

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
    raw = frozenset(word.raw for word in whole if word.accented)
    bare = frozenset(word.fold for word in whole if not word.accented)
    return Sought(
        raw=raw,
        bare=bare,
        letters=frozenset(map(without_accents, raw | bare)),
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
    shown = _OTHER_BLANK.sub(" ", text[start:end])
    marks = tuple((first - start, last - start) for first, last, _ in found if start <= first < last <= end)
    return shown, marks


def found_in(text: str, wanted: Sought) -> list[tuple[int, int, str]]:
    """(begin, end, word asked for) of each word of a text that is to be marked, in order.

    The words asked for are looked for in the text's bare letters, and each different word found is judged once:
    twenty pages have nine thousand words, and a step for each of them cost more than the engine.
    """
    if wanted.nearly:  # any letter may be amiss: every word is judged
        spans = [match.span() for match in WORD.finditer(text)]
    else:
        bare = f" {_bare(text)} "
        spans = sorted({*_whole(bare, wanted), *_begun(bare, wanted)})
    named = [(start, end, wanted.name(text[start:end])) for start, end in spans]
    return [(start, end, name) for start, end, name in named if name is not None]


def _whole(bare: str, wanted: Sought) -> Iterator[tuple[int, int]]:
    """Places of whole words in a text whose bare letters stand between blanks."""
    for word in wanted.letters:
        at = bare.find(f" {word} ")
        while at >= 0:
            yield at, at + len(word)  # the blank in front of the text makes up for the one in front of the word
            at = bare.find(f" {word} ", at + len(word) + 1)


def _begun(bare: str, wanted: Sought) -> Iterator[tuple[int, int]]:
    """Places of words that begin so."""
    for begun, _ in wanted.beginnings:
        letters = without_accents(begun)
        at = bare.find(f" {letters}")
        while at >= 0:
            end = bare.index(" ", at + 1)
            yield at, end - 1
            at = bare.find(f" {letters}", end)


def _bare(text: str) -> str:
    """A text's words in lower case without accents, all else blank; letter for letter, so that places hold."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) > 2 * len(text):  # a letter beyond the table
        return _bare_slowly(text)
    numpy, table = _table()
    bare: bytes = table[numpy.frombuffer(units, dtype="<u2")].tobytes()
    return bare.decode("utf-16-le")


@lru_cache(maxsize=1)
def _table() -> tuple[ModuleType, Any]:
    """numpy, and the bare letter of each of two bytes: six times as fast as `str.translate` (15 µs a page).

    Loaded when the first answer is shown: most commands never show one, and it takes 0.15 s.
    """
    import numpy

    letters = _bare_slowly("".join(map(chr, range(1 << 16))))
    return numpy, numpy.frombuffer(letters.encode("utf-16-le"), dtype="<u2")


def _bare_slowly(text: str) -> str:
    return _NO_WORD.sub(" ", text).translate(_bare_letters())


@lru_cache(maxsize=1)
def _bare_letters() -> str:
    """For `str.translate`: whole up to the last Vietnamese letter, for what it lacks costs tenfold."""
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
