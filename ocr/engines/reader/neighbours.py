"""What stands beside a word as evidence for its accents: `kế từ ngày` can only be `kể từ ngày`.

A dot that a rule crosses or a tone that bled is left to chance by the letters alone, and the syllable often exists
either way. How often two syllables stand beside each other was counted once (`training.pairs`).
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ocr.engines.reader.decoding import Letter
from ocr.engines.reader.doubt import ACCENT_LIKELY, CHANGED, same_but_for_accents, word_places
from ocr.vietnamese import is_in_use, key

PAIRS = Path(__file__).parent / "pairs.txt.gz"
MOST = 100  # how much a pair can count: many texts on one matter say no more than some
SAFELY = 3.0  # how many times likelier another accent must be than the one read to take its place


@lru_cache(maxsize=1)
def _pairs() -> Mapping[str, int]:
    """How often two syllables stand beside each other, by both keys with a blank between."""
    counts = {}
    for line in gzip.decompress(PAIRS.read_bytes()).decode().splitlines():
        pair, _, count = line.rpartition(" ")
        counts[pair] = int(count)
    return counts


def with_neighbours(letters: list[Letter]) -> list[Letter]:
    """The letters, with an accent in doubt replaced where the words beside it go with the other one alone.

    An accent that they speak against, though not enough, is as doubtful as both together make it. Only in words of
    small letters: names begin with a capital, and numbers and codes are no words.
    """
    if not any(letter.other_chance >= ACCENT_LIKELY for letter in letters):
        return letters
    result = list(letters)
    places = word_places(letters)
    words = ["".join([letter.text for letter in letters[start:end]]) for start, end in places]
    for index, (start, end) in enumerate(places):
        if not (words[index].isalpha() and words[index].islower()):
            continue
        before = words[index - 1] if index and _blank(letters[places[index - 1][1] : start]) else ""
        behind = words[index + 1] if index + 1 < len(places) and _blank(letters[end : places[index + 1][0]]) else ""
        found = _likeliest_other(letters[start:end], words[index], before, behind)
        if found is not None:
            result[start + found.place] = found.weighed_against(letters[start + found.place])
    return result


def _blank(between: Sequence[Letter]) -> bool:
    return all(letter.text == " " for letter in between)


@dataclass(frozen=True, slots=True)
class _Other:
    """A letter with another accent in the place of one that was read."""

    place: int  #: in its word
    text: str
    chance: float  #: by the network
    odds: float  #: how many times more the words beside it speak for it than for the one read

    def weighed_against(self, read: Letter) -> Letter:
        """The letter of both that stands there, and how surely."""
        chance = self.chance * self.odds
        if chance > SAFELY * read.confidence:
            return read._replace(
                text=self.text, other=read.text, other_chance=read.confidence, confidence=CHANGED, more=()
            )
        return read._replace(confidence=min(read.confidence, read.confidence / (read.confidence + chance)))


def _likeliest_other(run: Sequence[Letter], word: str, before: str, behind: str) -> _Other | None:
    """Of all letters that a word's may be with another accent the one that its neighbours make likeliest, if any."""
    best: _Other | None = None
    for place, letter in enumerate(run):
        for text, chance in ((letter.other, letter.other_chance), *letter.more):
            if chance < ACCENT_LIKELY or not text.isalpha() or not same_but_for_accents(letter.text, text):
                continue
            other = word[:place] + text + word[place + 1 :]
            odds = _odds((before, other), (before, word)) * _odds((other, behind), (word, behind))
            if odds > 1 and is_in_use(other) and (best is None or chance * odds > best.chance * best.odds):
                best = _Other(place, text, chance, odds)
    return best


def _odds(other: tuple[str, str], read: tuple[str, str]) -> float:
    counts = _pairs()
    return (counts.get(_pair(*other), 0) + 1) / (counts.get(_pair(*read), 0) + 1)


@lru_cache(maxsize=20_000)
def _pair(first: str, second: str) -> str:
    return f"{key(first)} {key(second)}"
