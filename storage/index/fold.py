"""The one fold for Vietnamese, on both sides: what is indexed and what is asked for go through it alike.

Engines' own folding is wrong for Vietnamese: one mangles words, one splits NFD text, none folds đ, one tears
`12/QĐ-UBND` apart (measured figures in docs/decisions/0007).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_MARKS = re.compile(r"[\u0300-\u036f]")
MOST_KEPT = 1 << 16  # spellings that are remembered; some 10 MB
LONGEST = 60  # letters of a token; what is longer is noise, and would be refused by the engine at 64 kB


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text."""

    start: int  #: place in the text that was given
    end: int
    raw: str  #: lower case with accents, tone placement made one
    fold: str  #: without accents

    @property
    def accented(self) -> bool:
        """Whether who typed it meant its accents."""
        return self.raw != self.fold


def tokens(text: str) -> list[Token]:
    """The words of an NFC text, in order. Codes come apart at their signs and are found again as phrases."""
    return [Token(*match.span(), *folded(match[0])) for match in WORD.finditer(text)]


def spellings(text: str) -> tuple[str, str]:
    """The words of an NFC text in order, with accents and without, blanks between: what the index holds."""
    chunks = text.split()
    return " ".join(filter(None, map(_RAW.__getitem__, chunks))), " ".join(
        filter(None, map(_FOLD.__getitem__, chunks))
    )


@lru_cache(maxsize=MOST_KEPT)  # syllables: a page of four hundred words has few that were not met before
def folded(word: str) -> tuple[str, str]:
    """A word with accents and without, as the index holds it."""
    raw = one_tone(word.lower()[:LONGEST])
    return raw, without_accents(raw)


class _Spelt(dict[str, str]):
    """What stands between two blanks → its words as the index holds them: a look-up for most of a page."""

    def __init__(self, which: int) -> None:
        super().__init__()
        self._which = which  # of what `folded` gives

    def __missing__(self, chunk: str) -> str:
        if chunk.isascii() and chunk.isalnum():
            return chunk.lower()[:LONGEST]  # numbers above all: kept, they would drive the syllables out
        if len(self) >= MOST_KEPT:
            self.clear()
        self[chunk] = spelt = " ".join([folded(word)[self._which] for word in WORD.findall(chunk)])
        return spelt


_RAW, _FOLD = _Spelt(0), _Spelt(1)


def one_tone(word: str) -> str:
    """A lower-case word with its tone written last, so that hoá and hóa, uỷ and ủy are one; NFC."""
    if word.isascii():
        return word
    letters = unicodedata.normalize("NFD", word.replace("ð", "đ"))
    tone = "".join(letter for letter in letters if letter in _TONES)
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES) + tone)


def without_tone(word: str) -> str:
    """A lower-case word without its tone, which of a beginning is not known to be the word's last letter's; NFC."""
    letters = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES))


def without_accents(word: str) -> str:
    """A lower-case word in bare letters; đ is d."""
    if word.isascii():
        return word
    return _MARKS.sub("", unicodedata.normalize("NFD", word)).replace("đ", "d")
