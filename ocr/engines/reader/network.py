"""Runs the reader's network with onnxruntime: crops of lines in, levels of letters out; one thread, by width.

The weights' file (training.export) takes bytes and gives bytes: at its edges floats would be a tenth of its time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ocr.lines import CROP_HEIGHT
from ocr.opening.raw import Image

WEIGHTS = Path(__file__).parent / "weights" / "reader.onnx"
STEP = 4  # pixels of a crop to one column of the output
BATCH_PIXELS = 6000  # width of a batch; larger ones leave the processor's cache
ALIKE = 1.15  # widest over narrowest crop of a batch: what is padded is computed for nothing
ROUNDED = 16  # pixels to which a batch's width is rounded up

Levels = NDArray[np.uint8]


class Network:
    """The network of one weights file. The file is opened at first use, so that processes may be forked before."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights

    @cached_property
    def sha256(self) -> str:
        """Of the weights' file."""
        return hashlib.sha256(self._weights.read_bytes()).hexdigest()

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._weights), options, providers=["CPUExecutionProvider"])

    @cached_property
    def step(self) -> float:
        """Logits that lie between one level and the next."""
        return float(self._session.get_modelmeta().custom_metadata_map["step"])

    def levels(self, crops: Sequence[Image]) -> list[Levels]:
        """For each crop (CROP_HEIGHT, w) its (columns, classes), a column for STEP pixels: logits in steps of `step`,
        from a zero of their own.

        Raises onnxruntime's errors where the weights are no such network.
        """
        order = sorted(range(len(crops)), key=lambda index: crops[index].shape[1])
        found: list[Levels] = [np.empty((0, 0), np.uint8)] * len(crops)
        start = 0
        while start < len(order):
            stop = _batch_end(order, crops, start)
            batch = order[start:stop]
            (answers,) = self._session.run(None, {"patches": patches([crops[index] for index in batch])})
            for place, index in enumerate(batch):
                found[index] = answers[place, : -(-crops[index].shape[1] // STEP)]
            start = stop
        return found


def patches(crops: Sequence[Image]) -> NDArray[np.uint8]:
    """(n, 9, CROP_HEIGHT / 2, width / 2) of ink, 0 paper to 255: what the first convolution, three by three pixels at
    every second one, sees at each place, so that it need not gather it byte by byte.

    crops: ascending widths; the last one's, rounded up, is `width`.
    """
    width = -(-crops[-1].shape[1] // ROUNDED) * ROUNDED
    lefts = np.zeros((len(crops), CROP_HEIGHT + 1, width // 2 + 1), np.uint8)  # the first row and column lie outside
    middles = np.zeros((len(crops), CROP_HEIGHT + 1, width // 2), np.uint8)
    for place, crop in enumerate(crops):
        halves = crop[:, ::2], crop[:, 1::2]
        np.invert(halves[0], out=middles[place, 1:, : halves[0].shape[1]])
        np.invert(halves[1], out=lefts[place, 1:, 1 : halves[1].shape[1] + 1])
    seen = np.empty((len(crops), 9, CROP_HEIGHT // 2, width // 2), np.uint8)
    for row in range(3):
        rows = slice(row, row + CROP_HEIGHT - 1, 2)
        seen[:, 3 * row] = lefts[:, rows, :-1]
        seen[:, 3 * row + 1] = middles[:, rows]
        seen[:, 3 * row + 2] = lefts[:, rows, 1:]
    return seen


def _batch_end(order: Sequence[int], crops: Sequence[Image], start: int) -> int:
    narrowest = crops[order[start]].shape[1]
    stop = start + 1
    while stop < len(order):
        width = crops[order[stop]].shape[1]
        if width * (stop - start + 1) > BATCH_PIXELS or width > narrowest * ALIKE + ROUNDED:
            break
        stop += 1
    return stop
