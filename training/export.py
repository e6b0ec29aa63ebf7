"""Writes trained weights as ONNX in int8 (static, a scale for each channel), for the reader to ship.

python -m training.export --data build/training --from build/reader/checkpoint.pt --to ocr/engines/reader/weights

Of several checkpoints, each trained on from the one before at a small rate, the mean is written: it reads better than
either.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from ocr.engines.reader.letters import CLASSES
from ocr.lines import CROP_HEIGHT
from training.network import Network
from training.samples import samples

SEED = 3_000_003  # of the lines that the scales are measured on; not used for training
CALIBRATION = 200  # lines
OPSET = 17
FINE = 0.25  # logits from level to level: 64 in all, and 60 lie between the likeliest letters of two columns at most


class _Lines(CalibrationDataReader):
    def __init__(self, data: Path) -> None:
        self._lines: Iterator[NDArray[np.float32]] = (
            (1 - one.image.astype(np.float32) / 255)[None, None]
            for one in itertools.islice(samples(data, SEED), CALIBRATION)
        )

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next line as the network takes it."""
        line = next(self._lines, None)
        return None if line is None else {"crops": line}


def fused(network: Network) -> Network:
    """Batch norms folded into the convolutions before them."""
    network.eval()
    for part in network.modules():
        if isinstance(part, torch.nn.Sequential) and len(part) >= 2:
            first, second = part[0], part[1]
            if isinstance(first, torch.nn.Conv2d) and isinstance(second, torch.nn.BatchNorm2d):
                part[0] = torch.nn.utils.fusion.fuse_conv_bn_eval(first, second)
                part[1] = torch.nn.Identity()
    return network


def mean_of(checkpoints: Sequence[Path]) -> dict[str, torch.Tensor]:
    """The mean of the checkpoints' weights; what counts steps is the last one's."""
    states = [torch.load(file, weights_only=True)["averaged"] for file in checkpoints]
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if last.dtype.is_floating_point else last
        for name, last in states[-1].items()
    }


def export(data: Path, checkpoints: Sequence[Path], to: Path) -> Path:
    """Write `to/reader.onnx`; returns its path."""
    network = Network()
    network.load_state_dict(mean_of(checkpoints))
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared, whole = (Path(folder) / f"{name}.onnx" for name in ("plain", "prepared", "whole"))
        torch.onnx.export(
            fused(network), (torch.rand(1, 1, 40, 160),), str(plain), input_names=["crops"], output_names=["logits"],
            dynamic_axes={"crops": {0: "n", 3: "w"}, "logits": {0: "n", 1: "t"}}, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared), str(whole), _Lines(data), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            extra_options={"ActivationSymmetric": False},
            reduce_range=True,  # eight bits overflow on processors without VNNI: 2 of 16 subjects were lost
        )  # fmt: skip
        onnx.save(with_bytes(onnx.load(str(whole))), str(to / "reader.onnx"))
    return to / "reader.onnx"


def with_bytes(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with bytes at both ends (ocr.engines.reader.network): `patches` in, levels of logits out, as they
    stand behind its first and before its last quantisation.

    The first convolution becomes one of single points over nine channels, for the same numbers. Levels are made as
    fine as letters that may be meant need: spread over all logits, down to what can never be, they are 1.7 logits
    wide, two letters in a hundred columns tie, and the first one in the alphabet wins.
    """
    graph = model.graph
    values = {one.name: one for one in graph.initializer}
    reads = {name: node for node in graph.node for name in node.input}
    makes = {name: node for node in graph.node for name in node.output}
    quantised, dequantised = reads["crops"], makes["logits"]
    taken = reads[quantised.output[0]]
    convolution = reads[taken.output[0]]
    taken.input[0] = "patches"
    weights = values[makes[convolution.input[1]].input[0]]
    flat = numpy_helper.to_array(weights)
    weights.CopyFrom(numpy_helper.from_array(flat.reshape(len(flat), -1, 1, 1), weights.name))
    for attribute in convolution.attribute:
        if attribute.name in ("kernel_shape", "strides"):
            attribute.ints[:] = [1, 1]
        elif attribute.name == "pads":
            attribute.ints[:] = [0, 0, 0, 0]
    levels, (scale, zero) = dequantised.input[0], (values[name] for name in dequantised.input[1:])
    most = float(numpy_helper.to_array(scale)) * (255 - int(numpy_helper.to_array(zero)))  # logit of the last level
    scale.CopyFrom(numpy_helper.from_array(np.array(FINE, np.float32), scale.name))
    zero.CopyFrom(numpy_helper.from_array(np.array(255 - round(most / FINE), np.uint8), zero.name))
    for node in (quantised, dequantised):
        graph.node.remove(node)
    shape = ["n", flat[0].size, CROP_HEIGHT // 2, "w"]
    for ends, name, dims in ((graph.input, "patches", shape), (graph.output, levels, ["n", "t", CLASSES])):
        del ends[:]
        ends.append(helper.make_tensor_value_info(name, TensorProto.UINT8, dims))
    del graph.value_info[:]  # of the shapes that were
    helper.set_model_props(model, {"step": repr(FINE)})
    onnx.checker.check_model(model)
    return model


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    default = [Path("build/reader/checkpoint.pt")]
    parser.add_argument("--from", dest="checkpoints", type=Path, nargs="+", default=default)
    parser.add_argument("--to", type=Path, default=Path("ocr/engines/reader/weights"))
    given = parser.parse_args()
    written = export(given.data, given.checkpoints, given.to)
    print(f"{written}: {written.stat().st_size} bytes, SHA-256 {hashlib.sha256(written.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
