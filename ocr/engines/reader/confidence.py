"""How often letters turned out right for each chance that the network gave them: what makes confidences true.

Fitted on typeset lines that no training saw (`python -m training.calibrate`); a file beside the weights holds it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A rising curve through points, straight between them."""

    given: tuple[float, ...] = (0.0, 1.0)  #: chances as the network gives them, rising
    right: tuple[float, ...] = (0.0, 1.0)  #: shares of letters that were right there, rising
    letters: int = 0  #: that it was fitted on; 0 for the network's own word

    def __call__(self, chances: NDArray[np.float32]) -> NDArray[np.float64]:
        """Confidences for chances."""
        return np.asarray(np.interp(chances, self.given, self.right), np.float64)


AS_GIVEN = Calibration()


def file_of(weights: Path) -> Path:
    """Where the calibration of a weights file lies."""
    return weights.with_suffix(".confidence.json")


def load(weights: Path) -> Calibration:
    """The calibration beside a weights file; the network's own word where there is none."""
    file = file_of(weights)
    if not file.exists():
        return AS_GIVEN
    found = json.loads(file.read_text(encoding="utf-8"))
    return Calibration(given=tuple(found["given"]), right=tuple(found["right"]), letters=int(found["letters"]))


def save(calibration: Calibration, weights: Path) -> None:
    """Write it beside the weights."""
    file_of(weights).write_text(json.dumps(asdict(calibration)) + "\n", encoding="utf-8")
