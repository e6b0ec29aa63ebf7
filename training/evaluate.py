"""Measures weights on typeset lines that they did not see, in known fonts and in those kept out.

python -m training.evaluate --data build/training [--weights FILE.onnx] [--lines 600]
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.engines.reader import TEMPERATURE
from ocr.engines.reader.decoding import decode
from ocr.engines.reader.letters import HANDWRITING
from ocr.engines.reader.network import WEIGHTS, Network
from training.samples import Sample, samples

SEED = 5_000_005  # of the lines measured on; no training uses it


def measure(weights: Path, held: Sequence[Sample]) -> dict[str, float]:
    """Letter errors, hand-writing seen and invented, and how many wrong lines the least sure tenth holds."""
    read = [decode(logits, TEMPERATURE) for logits in Network(weights).logits([one.image for one in held])]
    texts = ["".join(letter.text for letter in letters).strip() for letters in read]
    wrong = np.array(
        [Levenshtein.distance(" ".join(text.split()), one.text) for text, one in zip(texts, held, strict=True)]
    )
    sure = np.array([np.prod([letter.confidence for letter in letters]) if letters else 1.0 for letters in read])
    least = np.argsort(sure)[: max(1, len(held) // 10)]
    pens = [HANDWRITING in one.text for one in held]
    said = [HANDWRITING in text for text in texts]
    return {
        "letter error": float(wrong.sum() / sum(len(one.text) for one in held)),
        "lines wrong": float((wrong > 0).mean()),
        "wrong lines in the least sure tenth": float((wrong[least] > 0).sum() / max(1, (wrong > 0).sum())),
        "hand-writing seen": sum(a and b for a, b in zip(pens, said, strict=True)) / max(1, sum(pens)),
        "lines with hand-writing invented": sum(b and not a for a, b in zip(pens, said, strict=True)) / len(held),
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--lines", type=int, default=600)
    given = parser.parse_args()
    for name, kept_out in (("known fonts", False), ("fonts kept out", True)):
        held = list(itertools.islice(samples(given.data, SEED, kept_out=kept_out), given.lines))
        print(name, {key: round(value, 4) for key, value in measure(given.weights, held).items()})


if __name__ == "__main__":
    main()
