"""Bias correction of ML Programs: where their biases are, and how others are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from export.mil.coremltools_import import coremltools
from export.targets.coreml_activations import linear_ops, main_block

# MIL stores numbers of 16 bits as bytes.
NUMBERS = {"FLOAT16": np.float16, "FLOAT32": np.float32}


def biased(model: Any) -> dict[str, str]:
    """The bias' name of each convolution and linear map with one of its own, by what it makes, in program order."""
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
    return found


def with_biases(model: Any, sites: Mapping[str, str], biases: Mapping[str, np.ndarray]) -> Any:
    """`model`, float or with 8-bit weights, with the `biases` [C] of what its ops make; `sites` as of `biased`."""
    spec = model.get_spec()
    moved = {sites[name]: bias for name, bias in biases.items()}
    for operation in main_block(spec).operations:
        name = operation.outputs[0].name if operation.type == "const" else ""
        if name in moved:
            write_number(operation.attributes["val"], moved[name])
    return coremltools().models.MLModel(spec, weights_dir=model.weights_dir, skip_model_load=True)


def write_number(constant: Any, values: np.ndarray) -> None:
    """Make a constant's value `values` [C], written into the program itself."""
    kind = coremltools().proto.MIL_pb2.DataType.Name(constant.type.tensorType.dataType)
    numbers = values.astype(NUMBERS[kind])
    constant.ClearField("value")
    if kind == "FLOAT16":
        constant.immediateValue.tensor.bytes.values = numbers.tobytes()
    else:
        constant.immediateValue.tensor.floats.values.extend(numbers.tolist())
