"""Keeps the lines worth learning from: those that finished weights read wrongly or unsurely, and some others.

Making and reading a line in int8 costs less than learning from it, and of what is made four lines in five are read
without doubt already.
"""

from __future__ import annotations

import itertools
import random as randomness
from collections.abc import Iterator

from ocr.engines.reader.decoding import decode
from ocr.engines.reader.network import Network
from training.samples import Sample

CHUNK = 120  # lines read at once, so that those of like width share a batch
EASY_KEPT = 0.12  # share of the lines read rightly and surely that is kept: what was learnt must not be forgotten
SURE = 0.9  # chance of a line's least sure letter


def hard(made: Iterator[Sample], network: Network, random: randomness.Random) -> Iterator[Sample]:
    """The hard ones of the lines made, and a share of the easy ones, in their order."""
    while chunk := list(itertools.islice(made, CHUNK)):
        for one, levels in zip(chunk, network.levels([one.image for one in chunk]), strict=True):
            letters = decode(levels, network.step)
            text = " ".join("".join(letter.text for letter in letters).split())
            sure = min((letter.confidence for letter in letters), default=1.0)
            if text != one.text or sure < SURE or random.random() < EASY_KEPT:
                yield one
