"""The network: convolutions down to one row of features, then along it; trained with CTC."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ocr.engines.reader.letters import CLASSES

STEP = 4  # pixels of a crop to one column of the output
STAGES = (32, 48, 96)  # channels of the three reductions
WIDTH = 192  # channels along the line
DEPTH = 6  # residual convolutions along the line, every second one dilated


def convolved(
    inner: int, outer: int, size: int | tuple[int, int], stride: int | tuple[int, int] = 1, *,
    pad: tuple[int, int] | None = None, dilation: int = 1, active: bool = True,
) -> nn.Sequential:  # fmt: skip
    """Convolution, batch norm, and rectifier where `active`."""
    high, wide = (size, size) if isinstance(size, int) else size
    pad = pad if pad is not None else (high // 2, (wide // 2) * dilation)
    parts: list[nn.Module] = [
        nn.Conv2d(inner, outer, (high, wide), stride, pad, bias=False, dilation=(1, dilation)),
        nn.BatchNorm2d(outer),
    ]
    if active:
        parts.append(nn.ReLU(inplace=True))
    return nn.Sequential(*parts)


class Residual(nn.Module):
    """Adds a convolution of its input to it."""

    def __init__(self, channels: int, size: int | tuple[int, int], dilation: int = 1) -> None:
        super().__init__()
        self.a = convolved(channels, channels, size, dilation=dilation, active=False)

    def forward(self, given: Tensor) -> Tensor:
        """(n, channels, h, w) to the same."""
        return torch.relu(given + self.a(given))


class Network(nn.Module):
    """Crops (n, 1, 40, w), 0 paper to 1 ink, to logits (n, ceil(w / 4), CLASSES)."""

    def __init__(self, *, drop: float = 0.1) -> None:
        super().__init__()
        first, second, third = STAGES
        self.f = nn.Sequential(
            convolved(1, first, 3, 2),
            convolved(first, second, 3, 2),
            Residual(second, 3),
            convolved(second, third, 3, (2, 1)),
            Residual(third, 3),
            Residual(third, 3),
            convolved(third, WIDTH, (5, 3), 1, pad=(0, 1)),
        )
        self.s = nn.Sequential(*[Residual(WIDTH, (1, 5), 1 if layer % 2 == 0 else 2) for layer in range(DEPTH)])
        self.drop = nn.Dropout(drop)
        self.o = nn.Conv2d(WIDTH, CLASSES, 1)
        self._frozen = False

    def freeze_front(self) -> None:
        """Leave all but the last convolution down the page as they are, their batch norms too."""
        self._frozen = True
        for value in self.f[:-1].parameters():
            value.requires_grad = False

    def forward(self, crops: Tensor) -> Tensor:
        """See the class."""
        if self._frozen:
            front = self.f[:-1].eval()
            with torch.no_grad():
                below = front(crops)
            features = self.f[-1](below)
        else:
            features = self.f(crops)
        logits: Tensor = self.o(self.drop(self.s(features)))
        return logits.squeeze(2).permute(0, 2, 1)


def load_grown(network: Network, state: dict[str, Any]) -> None:
    """Load weights, older ones with fewer letters too: new letters begin unlikely and alike."""
    for name in ("o.weight", "o.bias"):
        old, new = state[name], network.state_dict()[name].clone()
        if len(old) < len(new):
            new[: len(old)] = old
            new[len(old) :] = old[1:].mean(0) if name == "o.weight" else old[1:].min()
            state = {**state, name: new}
    network.load_state_dict(state)
