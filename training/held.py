"""Typeset lines that no training saw, as a network reads them: what calibration and evaluation are made from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.engines.reader.confidence import AS_GIVEN, Calibration
from ocr.engines.reader.decoding import Letter, decode
from ocr.engines.reader.network import Network
from training.samples import Sample, samples


@dataclass(frozen=True, slots=True)
class Held:
    """A line with what was read."""

    sample: Sample
    letters: tuple[Letter, ...]

    @property
    def text(self) -> str:
        """What was read, single blanks between words."""
        return " ".join("".join(letter.text for letter in self.letters).split())

    @property
    def wrong(self) -> int:
        """Letters too many, too few or wrong."""
        return Levenshtein.distance(self.text, self.sample.text)

    @property
    def sure(self) -> float:
        """The chance that all its letters are right."""
        return float(np.prod([letter.confidence for letter in self.letters])) if self.letters else 1.0

    def right(self) -> NDArray[np.bool_]:
        """Of each letter read whether it stands in the truth."""
        read = "".join(letter.text for letter in self.letters)
        right = np.zeros(len(read), bool)
        for part in Levenshtein.opcodes(read, self.sample.text):
            right[part.src_start : part.src_end] = part.tag == "equal"
        return right

    def words(self) -> Iterator[tuple[float, bool]]:
        """Of each word read the chance that it is right, and whether it is."""
        right = self.right()
        start = 0
        for index in range(len(self.letters) + 1):
            if index == len(self.letters) or self.letters[index].text == " ":
                if index > start:
                    run = self.letters[start:index]
                    yield float(np.prod([one.confidence for one in run])), bool(right[start:index].all())
                start = index + 1


def held(
    data: Path, weights: Path, *, seed: int, lines: int, kept_out: bool, calibration: Calibration = AS_GIVEN
) -> list[Held]:
    """So many lines of a seed, read."""
    made = list(itertools.islice(samples(data, seed, kept_out=kept_out), lines))
    return read(made, weights, calibration)


def read(made: Sequence[Sample], weights: Path, calibration: Calibration) -> list[Held]:
    """Lines as the weights read them."""
    network = Network(weights)
    levels = network.levels([one.image for one in made])
    return [Held(one, tuple(decode(row, network.step, calibration))) for one, row in zip(made, levels, strict=True)]
