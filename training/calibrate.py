"""Fits confidences to how often letters are right, on typeset lines that no training saw; writes them by the weights.

python -m training.calibrate --data build/training [--weights FILE.onnx] [--lines 3000]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr.engines.reader.confidence import Calibration, save
from ocr.engines.reader.network import WEIGHTS
from training.held import Held, held

SEED = 6_000_006  # of the lines fitted to; no training and no evaluation uses it
EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 1.0)
LEAST = 20  # letters between two edges that are believed; fewer join those above


def fitted(lines: Sequence[Held]) -> Calibration:
    """A rising curve through the shares of right letters in ranges of chances (pool adjacent violators)."""
    chances = np.array([letter.confidence for one in lines for letter in one.letters])
    right = np.concatenate([one.right() for one in lines])
    points: list[tuple[float, float, int]] = []
    ends = list(EDGES[1:])
    low = EDGES[0]
    for high in ends:
        inside = (chances >= low) & (chances < high if high < 1 else chances <= 1)
        if inside.sum() >= LEAST:
            points.append((float(chances[inside].mean()), float(right[inside].mean()), int(inside.sum())))
            low = high
    curve = _rising(points)
    given = (0.0, *(round(point[0], 5) for point in curve), 1.0)
    shares = (0.0, *(round(point[1], 5) for point in curve), max(1 - 1 / (1 + len(right)), curve[-1][1]))
    return Calibration(given=given, right=shares, letters=len(right))


def _rising(points: Sequence[tuple[float, float, int]]) -> list[tuple[float, float, int]]:
    pooled: list[tuple[float, float, int]] = []
    for point in points:
        pooled.append(point)
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            (x0, y0, n0), (x1, y1, n1) = pooled[-2:]
            pooled[-2:] = [((x0 * n0 + x1 * n1) / (n0 + n1), (y0 * n0 + y1 * n1) / (n0 + n1), n0 + n1)]
    return pooled


def reliability(pairs: Sequence[tuple[float, bool]]) -> list[tuple[str, int, float, float]]:
    """Range, how many, mean confidence, share that was right."""
    sure: NDArray[np.float64] = np.array([pair[0] for pair in pairs])
    right = np.array([pair[1] for pair in pairs])
    rows = []
    for low, high in ((0, 0.3), (0.3, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 0.99), (0.99, 1.01)):
        inside = (sure >= low) & (sure < high)
        if inside.any():
            rows.append(
                (f"{low}-{min(high, 1)}", int(inside.sum()), float(sure[inside].mean()), float(right[inside].mean()))
            )
    return rows


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--lines", type=int, default=3000)
    given = parser.parse_args()
    calibration = fitted(held(given.data, given.weights, seed=SEED, lines=given.lines, kept_out=False))
    save(calibration, given.weights)
    for point in zip(calibration.given, calibration.right, strict=True):
        print("{:.4f} → {:.4f}".format(*point))


if __name__ == "__main__":
    main()
