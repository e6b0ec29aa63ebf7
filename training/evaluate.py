"""Measures weights on typeset lines that they did not see, in known fonts and in those kept out; as Markdown.

python -m training.evaluate --data build/training [--weights FILE.onnx] [--lines 1500]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from ocr.engines.reader.confidence import load
from ocr.engines.reader.letters import HANDWRITING
from ocr.engines.reader.network import WEIGHTS
from training.calibrate import reliability
from training.held import Held, held

SEED = 5_000_005  # of the lines measured on; no training uses it
FEWEST = 150  # letters of a group that is worth a row


def measure(lines: Sequence[Held]) -> dict[str, float]:
    """Letter errors, hand-writing seen and invented, and how many wrong lines the least sure tenth holds."""
    wrong = np.array([one.wrong for one in lines])
    least = np.argsort([one.sure for one in lines])[: max(1, len(lines) // 10)]
    pens = [HANDWRITING in one.sample.text for one in lines]
    said = [HANDWRITING in one.text for one in lines]
    return {
        "letter error": letter_error(lines),
        "lines wrong": float((wrong > 0).mean()),
        "wrong lines in the least sure tenth": float((wrong[least] > 0).sum() / max(1, (wrong > 0).sum())),
        "the most that a tenth could hold": min(1.0, len(least) / max(1, (wrong > 0).sum())),
        "lines with hand-writing": float(sum(pens)),
        "of these, seen": sum(a and b for a, b in zip(pens, said, strict=True)) / max(1, sum(pens)),
        "printed lines with hand-writing invented": sum(b and not a for a, b in zip(pens, said, strict=True))
        / max(1, len(lines) - sum(pens)),
    }


def letter_error(lines: Iterable[Held]) -> float:
    """Edit distance over letters."""
    lines = list(lines)
    return sum(one.wrong for one in lines) / max(1, sum(len(one.sample.text) for one in lines))


def table(lines: Sequence[Held], by: Callable[[Held], str]) -> list[tuple[str, int, float]]:
    """Group, letters, letter error."""
    groups: defaultdict[str, list[Held]] = defaultdict(list)
    for one in lines:
        groups[by(one)].append(one)
    rows = [(name, sum(len(one.sample.text) for one in group), letter_error(group)) for name, group in groups.items()]
    return sorted(row for row in rows if row[1] >= FEWEST)


def style(one: Held) -> str:
    """Kind and style of a line's face."""
    face = one.sample.face
    if face is None:
        return "none"
    return f"{face.kind}{' bold' if face.bold else ''}{' italic' if face.italic else ''}"


def family(one: Held) -> str:
    """Family of a line's face."""
    return one.sample.face.family if one.sample.face else "none"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--lines", type=int, default=1500)
    given = parser.parse_args()
    every: list[Held] = []
    for name, kept_out in (("known fonts", False), ("fonts kept out", True)):
        lines = held(
            given.data,
            given.weights,
            seed=SEED,
            lines=given.lines,
            kept_out=kept_out,
            calibration=load(given.weights),
        )
        every += lines
        print(f"\n| {name} | |\n| --- | --- |")
        for key, value in measure(lines).items():
            print(f"| {key} | {value:.4g} |")
    for title, by in (("look", lambda one: one.sample.look), ("face", style), ("family", family)):
        print(f"\n| {title} | letters | letter error |\n| --- | --- | --- |")
        for group, letters, error in table(every, by):
            print(f"| {group} | {letters} | {error:.4f} |")
    pairs = {
        "letter": [
            (letter.confidence, bool(right))
            for one in every
            for letter, right in zip(one.letters, one.right(), strict=True)
        ],
        "word": [pair for one in every for pair in one.words()],
        "line": [(one.sure, one.wrong == 0) for one in every],
    }
    for title, found in pairs.items():
        print(f"\n| {title}: confidence | how many | mean | right |\n| --- | --- | --- | --- |")
        for span, count, mean, right in reliability(found):
            print(f"| {span} | {count} | {mean:.4f} | {right:.4f} |")


if __name__ == "__main__":
    main()
