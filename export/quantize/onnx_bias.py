"""Bias correction of ONNX models: where their biases are, and what their operators make on average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.targets.onnx_observe import INPUT, session_with_outputs
from export.targets.onnx_quantize import weighted_nodes
from export.targets.onnx_read import constants


@dataclass(frozen=True)
class Biased:
    """What a product or convolution with a bias makes (`output`, channels along `axis`), and its bias' name."""

    output: str
    bias: str
    axis: int


def biased(model: Any) -> dict[str, Biased]:
    """The operators with a bias of their own, by what they make, in the order of the file.

    A product's bias may stand in the addition after it.
    """
    known = constants(model)
    readers: dict[str, list[Any]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    found = {}
    for node in weighted_nodes(model):
        output, bias = node.output[0], node.input[2] if len(node.input) > 2 else ""
        after = readers.get(output, [])
        if not bias and len(after) == 1 and after[0].op_type == "Add":
            bias = next((name for name in after[0].input if name in known), "")
            output = after[0].output[0]
        if bias in known and len(readers[bias]) == 1:
            found[output] = Biased(output, bias, 1 if node.op_type == "Conv" else -1)
    return found


def means(model: Any, sites: Mapping[str, Biased], images: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Mean over photos and places of each channel of what the operators make in `model`, float64 `[C]` by name."""
    there = {name for node in model.graph.node for name in node.output}
    wanted = [name for name in sites if name in there]
    if not wanted:
        return {}
    session = session_with_outputs(model, wanted)
    sums = {name: 0.0 for name in wanted}
    for image in images:
        for name, value in zip(wanted, session.run(wanted, {INPUT: image[None]}), strict=True):
            axis = sites[name].axis % value.ndim
            others = tuple(k for k in range(value.ndim) if k != axis)
            sums[name] = sums[name] + value.mean(axis=others, dtype=np.float64)
    return {name: np.asarray(total) / len(images) for name, total in sums.items()}


def with_shifts(model: Any, sites: Mapping[str, Biased], shifts: Mapping[str, np.ndarray]) -> Any:
    """A copy of `model`, float or quantized, with `shifts` [C] added to the biases of the operators they are for."""
    from onnx import ModelProto, numpy_helper

    own = ModelProto()
    own.CopyFrom(model)
    known = constants(own)
    for name, shift in shifts.items():
        bias = sites[name].bias
        # A bias of 8-bit products is whole steps: what ONNX Runtime's quantizer calls it and its steps.
        in_steps = bias not in known
        tensor = known[f"{bias}_quantized"] if in_steps else known[bias]
        values = numpy_helper.to_array(tensor)
        if values.size == shift.size:
            moved = np.round(shift / numpy_helper.to_array(known[f"{bias}_quantized_scale"])) if in_steps else shift
            sums = (values + moved.reshape(values.shape)).astype(values.dtype)
            tensor.CopyFrom(numpy_helper.from_array(sums, tensor.name))
    return own
