"""Puts misread accents right where the rest of the paper, or the language's own compounds, read a word otherwise.

A subject is mostly said again in the text, in print that is read apart: `bố nhiệm` in the title is `bổ nhiệm` below.
Only accents are ever changed, never in names, numbers or codes, and what was changed is told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ocr.fields.rows import Text, plain_word
from ocr.page import Word
from ocr.vietnamese import is_capitals, key, one_form

OUTVOTED = 1.5  # times the weight of a word's own reading that another must have
CERTAIN = 0.95  # confidence of a word that is left as it was read
_MARK_BEHIND = re.compile(r"[\W_]$")
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True, slots=True)
class Agreed:
    """Words after the others were heard."""

    text: str
    changed: tuple[str, ...]  #: how the changed words had been read


@lru_cache(maxsize=1 << 14)
def _bare(word: str) -> str:
    """A word in small letters without marks at its edges."""
    return _EDGE.sub("", one_form(word)).casefold()


def agreed(words: Sequence[Word], texts: Iterable[Text], compounds: Sequence[str]) -> Agreed:
    """The words with their accents as most of the paper reads them beside the same neighbours.

    texts: the pages to hear; the words' own place among them does not count.
    compounds: of the language, two syllables each, for what the paper does not say again.
    """
    bare = [_bare(word.text) for word in words]
    pairs = _pairs(words)
    votes = _votes({pair for pair in pairs if pair}, words, texts)
    known = _known(tuple(compounds))
    said, changed = [], []
    for at, word in enumerate(words):
        better = None
        if bare[at].isalpha() and not _is_name(words, at):
            better = _of_compound(at, pairs, bare, known)
            if better is None and word.confidence < CERTAIN:
                better = _outvoted(at, pairs, bare, word, votes)
        if better is None or key(better) == key(bare[at]):
            said.append(one_form(word.text))
            continue
        changed.append(one_form(word.text))
        said.append(_in_place(word.text, better))
    return Agreed(" ".join(said), tuple(changed))


Pair = tuple[str, str]  #: two words without accents
Votes = dict[tuple[Pair, int], dict[str, float]]  #: pair and which of the two → reading → weight


def _pairs(words: Sequence[Word]) -> list[Pair | None]:
    """Each word with the one behind it, without accents; None where a mark stands between them."""
    return [
        None if _MARK_BEHIND.search(one.text) else (plain_word(_bare(one.text)), plain_word(_bare(other.text)))
        for one, other in pairwise(words)
    ]


def _around(at: int, pairs: Sequence[Pair | None]) -> Iterable[tuple[Pair, int]]:
    """The pairs that a word is in, and which of the two it is."""
    for start, which in ((at, 0), (at - 1, 1)):
        pair = pairs[start] if 0 <= start < len(pairs) else None
        if pair is not None:
            yield pair, which


def _votes(pairs: set[Pair], words: Sequence[Word], texts: Iterable[Text]) -> Votes:
    own = {id(word) for word in words}
    votes: Votes = defaultdict(lambda: defaultdict(float))
    for text in texts:
        flat = [word for row in text.lines for word in row.words if id(word) not in own]
        for at, pair in enumerate(_pairs(flat)):
            if pair is not None and pair in pairs:
                votes[pair, 0][_bare(flat[at].text)] += flat[at].confidence
                votes[pair, 1][_bare(flat[at + 1].text)] += flat[at + 1].confidence
    return votes


def _outvoted(at: int, pairs: Sequence[Pair | None], bare: Sequence[str], word: Word, votes: Votes) -> str | None:
    """Another reading of a word that stands beside its neighbours elsewhere, with more weight; None without one."""
    heard: dict[str, float] = defaultdict(float)
    for place in _around(at, pairs):
        for reading, weight in votes.get(place, {}).items():
            heard[reading] += weight
    own = word.confidence + heard.pop(bare[at], 0.0)
    best = max(heard, key=lambda reading: heard[reading], default=None)
    return best if best is not None and heard[best] > OUTVOTED * own else None


@lru_cache(maxsize=8)
def _known(compounds: tuple[str, ...]) -> dict[Pair, Pair | None]:
    """Compounds by their plain syllables; None where two share them."""
    known: dict[Pair, Pair | None] = {}
    for compound in compounds:
        one, _, other = compound.casefold().partition(" ")
        pair = plain_word(one), plain_word(other)
        known[pair] = None if pair in known and known[pair] != (one, other) else (one, other)
    return known


def _of_compound(
    at: int, pairs: Sequence[Pair | None], bare: Sequence[str], known: dict[Pair, Pair | None]
) -> str | None:
    """A syllable as the compounds that it can be part of have it; None where none or several tell.

    Where its reading stands in one of them with its neighbour, it is left.
    """
    found = ((known.get(pair), which) for pair, which in _around(at, pairs))
    readings = {compound[which] for compound, which in found if compound is not None}
    return readings.pop() if len(readings) == 1 and bare[at] not in readings else None


def nearly_compounds(words: Sequence[Word], compounds: Sequence[str]) -> tuple[str, ...]:
    """Pairs that are a compound of the language but for a letter lost or won: `ĩnh vực`; a person should look."""
    known = _known(tuple(compounds))
    firsts, seconds = _partners(tuple(compounds))
    found = []
    for at, pair in enumerate(_pairs(words)):
        if pair is None or pair in known or not all(pair):
            continue
        near = any(_letter_off(pair[1], other) for other in firsts.get(pair[0], ()))
        if near or any(_letter_off(pair[0], other) for other in seconds.get(pair[1], ())):
            found.append(f"{words[at].text} {words[at + 1].text}")
    return tuple(found)


@lru_cache(maxsize=8)
def _partners(compounds: tuple[str, ...]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What stands behind each first syllable, and before each second one, without accents."""
    firsts: dict[str, set[str]] = defaultdict(set)
    seconds: dict[str, set[str]] = defaultdict(set)
    for one, other in _known(compounds):
        firsts[one].add(other)
        seconds[other].add(one)
    return firsts, seconds


def _letter_off(read: str, wanted: str) -> bool:
    """Whether a syllable is another one with a letter more or less at one of its ends."""
    longer, shorter = sorted((read, wanted), key=len, reverse=True)
    return len(longer) - len(shorter) == 1 and len(shorter) > 1 and shorter in longer


def _is_name(words: Sequence[Word], at: int) -> bool:
    """Whether a word may be of a name: one of several capitals in a row, in small print."""
    near = words[max(0, at - 1) : at + 2]
    if not words[at].text[:1].isupper() or sum(word.text[:1].isupper() for word in near) < 2:
        return False
    return not is_capitals(" ".join(word.text for word in words))


def _in_place(printed: str, better: str) -> str:
    """The better reading with the printed word's capitals and marks."""
    match = re.match(r"^([\W_]*)(.*?)([\W_]*)$", one_form(printed), re.DOTALL)
    before, word, behind = match.groups() if match else ("", printed, "")
    if word.isupper() and len(word) > 1:
        better = better.upper()
    elif word[:1].isupper():
        better = better[:1].upper() + better[1:]
    return f"{before}{better}{behind}"
