"""Makes a checkpoint to train on from the int8 weights that are shipped, for when none was kept.

python -m training.thaw --data build/training [--weights FILE.onnx] --to build/reader/start.pt

The scales give the convolutions back but for their rounding. Batch norms were folded into them: new ones are put
behind them that change nothing, with mean and spread of what 1,500 typeset lines make there, so that training goes on
smoothly.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from ocr.engines.reader.network import WEIGHTS
from training.network import Network
from training.samples import samples
from training.train import batches, tensor

SEED = 7_700_007  # of the lines that means and spreads are taken from
LINES = 1500
LEAST_VARIANCE = 1e-6


class Dequantised:
    """Weights of an ONNX file in int8, by node, as floats."""

    def __init__(self, file: Path) -> None:
        graph = onnx.load(str(file)).graph
        self._values = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self._made_by = {name: node for node in graph.node for name in node.output}
        self.convolutions = [node for node in graph.node if node.op_type == "Conv"]

    def value(self, name: str) -> Tensor:
        """A node's input; raises KeyError for one that is no constant."""
        if name in self._values:
            return torch.from_numpy(self._values[name].astype(np.float32))
        whole, scale, *zero = (self._values[one] for one in self._made_by[name].input)
        shape = (-1, *[1] * (whole.ndim - 1)) if scale.size > 1 else ()
        offset: NDArray[Any] = zero[0].astype(np.float32).reshape(shape) if zero else np.zeros((), np.float32)
        return torch.from_numpy(np.asarray((whole.astype(np.float32) - offset) * scale.reshape(shape), np.float32))


def thaw(weights: Path, data: Path) -> Network:
    """A network that reads as the weights do, ready to be trained."""
    frozen, network = Dequantised(weights), Network()
    network.eval()
    norms: dict[nn.Conv2d, nn.BatchNorm2d] = {
        part[0]: part[1]
        for part in network.modules()
        if isinstance(part, nn.Sequential) and len(part) > 1 and isinstance(part[1], nn.BatchNorm2d)
    }
    layers = [part for part in network.modules() if isinstance(part, nn.Conv2d)]
    for node, layer in zip(frozen.convolutions, layers, strict=True):
        layer.weight.data = frozen.value(node.input[1]).reshape(layer.weight.shape)  # the first one lies unfolded
        bias = frozen.value(node.input[2])
        if layer in norms:
            norm = norms[layer]
            norm.bias.data = bias
            norm.weight.data.fill_(1.0)
            norm.running_var.fill_(1.0 - norm.eps)  # type: ignore[union-attr, operator]
        else:
            layer.bias.data = bias  # type: ignore[union-attr]
    _settle(network, list(norms.values()), data)
    return network


@torch.no_grad()
def _settle(network: Network, norms: list[nn.BatchNorm2d], data: Path) -> None:
    """Give the norms the mean and spread of what comes to them, and change nothing by it."""
    seen: dict[nn.BatchNorm2d, list[Any]] = {norm: [0, 0.0, 0.0] for norm in norms}

    def counting(norm: nn.BatchNorm2d) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def count(_: nn.Module, given: tuple[Tensor, ...], __: Tensor) -> None:
            values, sums = given[0].double(), seen[norm]
            sums[0] += values.numel() // values.shape[1]
            sums[1] = sums[1] + values.sum((0, 2, 3))
            sums[2] = sums[2] + values.square().sum((0, 2, 3))

        return count

    hooks = [norm.register_forward_hook(counting(norm)) for norm in norms]
    for batch in batches(list(itertools.islice(samples(data, SEED), LINES))):
        network(tensor(batch))
    for hook in hooks:
        hook.remove()
    for norm, (count, total, squares) in seen.items():
        mean = total / count
        variance = (squares / count - mean.square()).clamp(min=LEAST_VARIANCE)
        norm.bias.data = (norm.bias.data.double() + mean).float()
        norm.weight.data = (variance + norm.eps).sqrt().float()
        norm.running_mean.copy_(mean.float())  # type: ignore[union-attr]
        norm.running_var.copy_(variance.float())  # type: ignore[union-attr]


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--to", type=Path, default=Path("build/reader/start.pt"))
    given = parser.parse_args()
    given.to.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"averaged": thaw(given.weights, given.data).state_dict()}, given.to)
    print(f"{given.to}: go on with `python -m training.train --start {given.to}`")


if __name__ == "__main__":
    main()
