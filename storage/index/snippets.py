"""A few words around what was found, with their accents; plain text and places, never markup."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from storage.index.fold import Token, tokens, without_tone
from storage.index.query import LONG_WORD, Asked

AROUND = 90  # letters before and behind the densest place


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which words of a page are to be marked."""

    raw: frozenset[str]  #: with just these accents
    bare: frozenset[str]  #: with any
    beginnings: tuple[tuple[str, bool], ...] = ()  #: letters, and whether their accents are meant
    nearly: tuple[str, ...] = ()  #: without accents, a letter may be amiss

    def names(self, token: Token) -> str | None:
        """The word asked for that a word of the page is; None where it is none."""
        if token.raw in self.raw:
            return token.raw
        if token.fold in self.bare:
            return token.fold
        for letters, accented in self.beginnings:
            if (token.raw if accented else token.fold).startswith(letters):
                return letters
        for word in self.nearly:
            if abs(len(word) - len(token.fold)) <= 1 and OSA.distance(word, token.fold, score_cutoff=1) <= 1:
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
    named = [(token, wanted.names(token)) for token in tokens(text)]
    found = [(token, name) for token, name in named if name is not None]
    if not found:
        return " ".join(text[: 2 * AROUND].split()), ()
    best = _densest(found)
    start, end = _edges(text, best.start - AROUND // 2, best.start + 2 * AROUND)
    shown = "".join(" " if letter.isspace() else letter for letter in text[start:end])
    marks = tuple(
        (token.start - start, token.end - start) for token, _ in found if start <= token.start < token.end <= end
    )
    return shown, marks


def _densest(found: Sequence[tuple[Token, str]]) -> Token:
    """Where most of the different words asked for stand close behind."""
    starts = [token.start for token, _ in found]
    most, best = 0, found[0][0]
    for place, (token, _) in enumerate(found):
        behind = found[place : bisect_right(starts, token.start + 2 * AROUND)]
        different = len({name for _, name in behind})
        if different > most:
            most, best = different, token
    return best


def _edges(text: str, start: int, end: int) -> tuple[int, int]:
    """Cut at blanks, so that no word is torn."""
    start, end = max(0, start), min(len(text), end)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end
