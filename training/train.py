"""Trains the network on samples made on the way. Stops and resumes at any checkpoint; writes a learning curve.

python -m training.train --data build/training --out build/reader --minutes 120
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import multiprocessing
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn
from torch.nn import functional

from ocr.engines.reader.letters import CLASS_OF, LETTERS
from ocr.engines.reader.network import Network as Network8
from ocr.lines import CROP_HEIGHT
from training.mining import hard
from training.network import STEP, Network, load_grown
from training.samples import Sample, samples

BATCH_PIXELS = 10_000  # width of a batch: crops of like width share one
CHUNK = 480  # samples that the generator hands over at once
POOL = 40_000  # samples kept to be seen a second time
CHECKPOINT_SECONDS = 180.0
EVALUATE_EVERY = 12_000  # lines
HELD = 300  # lines of either evaluation set
CLIP = 2.0  # norm of a step's gradient
WARM_UP = 0.05  # of the time


@dataclass(slots=True)
class Progress:
    """What a checkpoint remembers besides weights."""

    lines: int = 0
    steps: int = 0
    seconds: float = 0.0


def batches(lines: Sequence[Sample]) -> list[list[Sample]]:
    """Samples of like width together, in random order."""
    ordered = sorted(lines, key=lambda one: one.image.shape[1] + random.random() * 20)
    made: list[list[Sample]] = []
    batch: list[Sample] = []
    for one in ordered:
        if batch and one.image.shape[1] * (len(batch) + 1) > BATCH_PIXELS:
            made.append(batch)
            batch = []
        batch.append(one)
    if batch:
        made.append(batch)
    random.shuffle(made)
    return made


def tensor(batch: Sequence[Sample]) -> Tensor:
    """(n, 1, 40, w), ink 1."""
    width = (max(one.image.shape[1] for one in batch) + 15) // 16 * 16
    values = np.full((len(batch), 1, CROP_HEIGHT, width), 255, np.uint8)
    for index, one in enumerate(batch):
        values[index, 0, :, : one.image.shape[1]] = one.image
    return 1 - torch.from_numpy(values).float() / 255


def loss_of(network: Network, batch: Sequence[Sample]) -> Tensor:
    """CTC loss a letter."""
    given = tensor(batch)
    targets = torch.tensor([CLASS_OF[letter] for one in batch for letter in one.text], dtype=torch.long)
    lengths = torch.tensor([len(one.text) for one in batch])
    times = torch.tensor([min(given.shape[3] // STEP, (one.image.shape[1] + 3) // STEP + 1) for one in batch])
    chances = network(given).log_softmax(-1).transpose(0, 1)
    losses = functional.ctc_loss(chances, targets, times, lengths, zero_infinity=True, reduction="none")
    return losses.sum() / lengths.sum().clamp(min=1)


@torch.no_grad()
def read(network: Network, batch: Sequence[Sample]) -> list[str]:
    """The likeliest letters of each sample."""
    classes = network(tensor(batch)).argmax(-1).numpy()
    texts = []
    for row, one in zip(classes, batch, strict=True):
        row = row[: (one.image.shape[1] + 3) // STEP + 1]
        kept = row[(row != 0) & (row != np.concatenate([[0], row[:-1]]))]
        texts.append(" ".join("".join(LETTERS[index - 1] for index in kept).split()))
    return texts


def error_rate(network: Network, held: Sequence[Sample]) -> float:
    """Edit distance over letters."""
    network.eval()
    wrong = sum(
        Levenshtein.distance(text, one.text)
        for batch in batches(held)
        for text, one in zip(read(network, batch), batch, strict=True)
    )
    network.train()
    return wrong / sum(len(one.text) for one in held)


def generate(queue: Any, data: Path, seed: int, weights: Path | None) -> None:  # noqa: ANN401  (a multiprocessing queue has no public type)
    """Fill the queue for ever, with what `weights` find hard where they are given; runs in a process of its own."""
    os.nice(2)
    cv2.setNumThreads(1)
    made = samples(data, seed)
    if weights is not None:
        made = hard(made, Network8(weights), random.Random(seed))
    while True:
        queue.put(list(itertools.islice(made, CHUNK)))


class Averaged:
    """The moving average of a network's weights: what is evaluated, kept and exported."""

    def __init__(self, network: Network, state: dict[str, Tensor] | None) -> None:
        self.network = Network()
        self.network.load_state_dict(state or network.state_dict())
        self._warm = 0 if state is None else 400

    def update(self, network: Network, steps: int) -> None:
        """Move towards the network, more slowly the longer it was trained."""
        decay = min(0.999, 1 - 1 / ((steps + self._warm) / 8 + 1.1))
        for kept, new in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.mul_(decay).add_(new, alpha=1 - decay)
            else:
                kept.copy_(new)


def held_out(data: Path, seed: int, *, kept_out: bool) -> list[Sample]:
    """A fixed set for the learning curve."""
    return list(itertools.islice(samples(data, seed, kept_out=kept_out), HELD))


class Training:
    """A network, what optimises it and how far it is."""

    def __init__(self, out: Path, rate: float, start: Path | None, *, only_top: bool) -> None:
        self.out, self.rate = out, rate
        self.network, self.progress = Network(), Progress()
        if only_top:
            self.network.freeze_front()
        kept = torch.load(out / "checkpoint.pt", weights_only=True) if (out / "checkpoint.pt").exists() else None
        if kept is None and start is not None:
            begun = torch.load(start, weights_only=True)
            load_grown(self.network, begun.get("averaged") or begun["ema"])
        elif kept is not None:
            load_grown(self.network, kept["network"])
        weights = [value for value in self.network.parameters() if value.ndim > 1 and value.requires_grad]
        others = [value for value in self.network.parameters() if value.ndim <= 1 and value.requires_grad]
        groups = [{"params": weights, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))
        self.averaged = Averaged(self.network, None if kept is None else kept["averaged"])
        if kept is not None:
            self.progress = Progress(**kept["progress"])
            self.optimiser.load_state_dict(kept["optimiser"])

    def step(self, batch: Sequence[Sample], share_done: float) -> float:
        """Learn from a batch; its loss a letter."""
        warm = share_done / WARM_UP if share_done < WARM_UP else 1.0
        fall = 0.5 * (1 + math.cos(math.pi * max(0.0, share_done - WARM_UP) / (1 - WARM_UP)))
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * max(0.01, warm * fall)
        loss = loss_of(self.network, batch)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimiser.step()
        self.progress.steps += 1
        self.progress.lines += len(batch)
        self.averaged.update(self.network, self.progress.steps)
        return float(loss.item())

    def keep(self) -> None:
        """Write the checkpoint whole or not at all."""
        progress = {name: getattr(self.progress, name) for name in ("lines", "steps", "seconds")}
        part = self.out / "checkpoint.part"
        torch.save(
            {
                "network": self.network.state_dict(),
                "averaged": self.averaged.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "progress": progress,
            },
            part,
        )
        part.replace(self.out / "checkpoint.pt")


def stream(queue: Any) -> Iterator[list[Sample]]:  # noqa: ANN401
    """Batches without end: every chunk once when it comes, and as many old ones where the generator falls behind."""
    pool: list[Sample] = []
    while True:
        behind = queue.empty()
        chunk = queue.get()
        again = random.sample(pool, min(len(pool), len(chunk))) if behind else []
        pool = (pool + chunk)[-POOL:]
        yield from batches(chunk + again)


def train(
    data: Path,
    out: Path,
    *,
    minutes: float,
    rate: float,
    seed: int,
    start: Path | None,
    only_top: bool,
    harder_than: Path | None,
) -> None:
    """Train until `minutes` of this run are over; `out` keeps checkpoint.pt and curve.jsonl.

    only_top: the first convolutions stay as they are, which makes a line a third cheaper to learn from.
    harder_than: int8 weights; most of the lines that they read rightly and surely are left out (training.mining).
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # two threads on a shared machine are six times slower than one
    training = Training(out, rate, start, only_top=only_top)
    seed += training.progress.steps  # a resumed run sees new lines
    torch.manual_seed(seed)
    random.seed(seed)
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(4)
    maker = context.Process(target=generate, args=(queue, data, seed, harder_than), daemon=True)
    maker.start()
    known, unknown = held_out(data, 990_001, kept_out=False), held_out(data, 990_002, kept_out=True)
    began = kept = time.monotonic()
    next_look, losses = training.progress.lines, []
    already = training.progress.seconds
    for batch in stream(queue):
        now = time.monotonic()
        training.progress.seconds = already + now - began
        share = (now - began) / 60 / minutes
        if training.progress.lines >= next_look or share >= 1:
            look = {
                "lines": training.progress.lines,
                "minutes": round(training.progress.seconds / 60, 1),
                "loss": round(float(np.mean(losses[-300:])), 4) if losses else None,
                "known fonts": round(error_rate(training.averaged.network, known), 4),
                "fonts kept out": round(error_rate(training.averaged.network, unknown), 4),
                "queued": queue.qsize(),
            }
            with (out / "curve.jsonl").open("a") as curve:
                curve.write(json.dumps(look) + "\n")
            next_look = training.progress.lines + EVALUATE_EVERY
        if share >= 1:
            break
        losses.append(training.step(batch, share))
        if now - kept > CHECKPOINT_SECONDS:
            training.keep()
            kept = now
    training.keep()
    maker.terminate()


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    parser.add_argument("--out", type=Path, default=Path("build/reader"))
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, default=None, help="weights to begin with where there is no checkpoint")
    parser.add_argument("--only-top", action="store_true", help="leave the first convolutions as they are")
    parser.add_argument("--harder-than", type=Path, default=None, help="int8 weights whose easy lines are left out")
    given = parser.parse_args()
    train(
        given.data,
        given.out,
        minutes=given.minutes,
        rate=given.rate,
        seed=given.seed,
        start=given.start,
        only_top=given.only_top,
        harder_than=given.harder_than,
    )


if __name__ == "__main__":
    main()
