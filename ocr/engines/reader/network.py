"""Runs the reader's network with onnxruntime: crops of lines in, chances of letters out; one thread, by width."""

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

Logits = NDArray[np.float32]


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

    def logits(self, crops: Sequence[Image]) -> list[Logits]:
        """For each crop (CROP_HEIGHT, w) its (columns, classes), a column for STEP pixels.

        Raises onnxruntime's errors where the weights are no such network.
        """
        order = sorted(range(len(crops)), key=lambda index: crops[index].shape[1])
        found: list[Logits] = [np.empty((0, 0), np.float32)] * len(crops)
        start = 0
        while start < len(order):
            stop = _batch_end(order, crops, start)
            batch = order[start:stop]
            width = -(-crops[batch[-1]].shape[1] // ROUNDED) * ROUNDED
            values = np.zeros((len(batch), 1, CROP_HEIGHT, width), np.float32)
            for place, index in enumerate(batch):
                values[place, 0, :, : crops[index].shape[1]] = 1 - crops[index] * np.float32(1 / 255)
            (answers,) = self._session.run(None, {"crops": values})
            for place, index in enumerate(batch):
                found[index] = answers[place, : -(-crops[index].shape[1] // STEP)]
            start = stop
        return found


def _batch_end(order: Sequence[int], crops: Sequence[Image], start: int) -> int:
    narrowest = crops[order[start]].shape[1]
    stop = start + 1
    while stop < len(order):
        width = crops[order[stop]].shape[1]
        if width * (stop - start + 1) > BATCH_PIXELS or width > narrowest * ALIKE + ROUNDED:
            break
        stop += 1
    return stop
