"""Bias correction of ML Programs: where their biases are, and what their operators make on average."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from export.mil.coremltools_import import coremltools
from export.targets.coreml_activations import executor_of, linear_ops, main_block, shown
from export.targets.coreml_float import weights_of

# MIL stores numbers of 16 bits as bytes.
NUMBERS = {"FLOAT16": np.float16, "FLOAT32": np.float32}


@dataclass(frozen=True)
class Biased:
    """The name of an op's bias, and its numbers, float64 `[C]`."""

    bias: str
    values: np.ndarray


def biased(model: Any) -> dict[str, Biased]:
    """The bias of each convolution and linear map with one of its own, by what it makes, in program order."""
    block = main_block(model.get_spec())
    readers: dict[str, int] = {}
    for operation in block.operations:
        for argument in operation.inputs.values():
            for binding in argument.arguments:
                readers[binding.name] = readers.get(binding.name, 0) + 1
    constants = {operation.outputs[0].name for operation in block.operations if operation.type == "const"}
    found = {}
    for operation in linear_ops(block):
        name = operation.inputs["bias"].arguments[0].name if "bias" in operation.inputs else ""
        if name in constants and readers[name] == 1:
            found[operation.outputs[0].name] = name
    values = stored(model, found.values())
    return {output: Biased(name, values[name]) for output, name in found.items() if name in values}


def means(model: Any, sites: Iterable[str], images: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Mean over photos and places of each channel of the values `sites` in `model`, float64 `[C]` by name."""
    wanted = list(sites)
    if not wanted:
        return {}
    executor = executor_of(model.get_spec(), weights_of(model))
    sums: dict[str, np.ndarray] = {}

    def see(name: str, value: np.ndarray) -> None:
        # Convolutions give `[1, C, H, W]`, linear maps channels last.
        axis = 1 if value.ndim == 4 else value.ndim - 1
        mean = value.mean(axis=tuple(k for k in range(value.ndim) if k != axis), dtype=np.float64)
        sums[name] = sums.get(name, 0.0) + mean

    for image in images:
        shown(executor, image, wanted, see)
    return {name: total / len(images) for name, total in sums.items()}


def with_shifts(model: Any, sites: Mapping[str, Biased], shifts: Mapping[str, np.ndarray]) -> Any:
    """The float model with `shifts` [C] added to the biases of the ops that they are for."""
    spec = model.get_spec()
    moved = {
        sites[name].bias: sites[name].values + shift
        for name, shift in shifts.items()
        if shift.size == sites[name].values.size
    }
    for operation in main_block(spec).operations:
        name = operation.outputs[0].name if operation.type == "const" else ""
        if name in moved:
            constant = operation.attributes["val"]
            kind = coremltools().proto.MIL_pb2.DataType.Name(constant.type.tensorType.dataType)
            numbers = moved[name].astype(NUMBERS[kind])
            constant.ClearField("value")
            if kind == "FLOAT16":
                constant.immediateValue.tensor.bytes.values = numbers.tobytes()
            else:
                constant.immediateValue.tensor.floats.values.extend(numbers.tolist())
    return coremltools().models.MLModel(spec, weights_dir=model.weights_dir, skip_model_load=True)


def stored(model: Any, names: Iterable[str]) -> dict[str, np.ndarray]:
    """The numbers of constants of the program, float64 by name."""
    wanted = set(names)
    function = executor_of(model.get_spec(), weights_of(model)).saved.function
    return {
        one.outputs[0].name: np.asarray(one.outputs[0].val, dtype=np.float64)
        for one in function.operations
        if one.op_type == "const" and one.outputs[0].name in wanted
    }
