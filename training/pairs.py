"""Counts which syllables stand beside which in running text: evidence for accents that a scan left in doubt.

python -m training.pairs --data build/training [--to ocr/engines/reader/pairs.txt.gz]

Texts are those of `training.texts` (programs and their manuals), the phrases of offices that lines are made of, and
`words.txt`, a list of two-syllable words of offices, written for this: manuals know `đồ thị`, a graph, hundreds of
times, and `đô thị`, a town, never.
"""

from __future__ import annotations

import argparse
import gzip
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from ocr.engines.reader.neighbours import MOST, PAIRS
from ocr.vietnamese import is_in_use, key
from training.wording import load_texts

LEAST = 2  # times that a pair of the texts must stand there
_PARTS = re.compile(r"[^\w\s]|\d")
_SYLLABLE = re.compile(r"[^\W\d_]+")


def pairs_of(texts: Iterable[str]) -> Counter[tuple[str, str]]:
    """Syllables beside each other with no mark between, by their keys."""
    found: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for part in _PARTS.split(text.lower()):
            syllables = [key(word) for word in _SYLLABLE.findall(part)]
            found.update(pairwise(syllables))
    return found


def counted(texts: Iterable[str], phrases: Iterable[str], words: Iterable[str]) -> dict[tuple[str, str], int]:
    """How much each pair of syllables in use speaks for itself, at most `MOST`."""
    counts = Counter({pair: count for pair, count in pairs_of(texts).items() if count >= LEAST})
    for pair in pairs_of(phrases) | pairs_of(words):
        counts[pair] = MOST
    return {pair: min(count, MOST) for pair, count in counts.items() if all(map(is_in_use, pair))}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    parser.add_argument("--to", type=Path, default=PAIRS)
    given = parser.parse_args()
    texts = load_texts(given.data)
    words = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines()
    counts = counted(texts.sentences, texts.phrases, words)
    lines = "".join(f"{first} {second} {count}\n" for (first, second), count in sorted(counts.items()))
    given.to.write_bytes(gzip.compress(lines.encode(), mtime=0))
    print(f"{given.to}: {len(counts)} pairs, {given.to.stat().st_size} bytes")


if __name__ == "__main__":
    main()
