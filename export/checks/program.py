"""The ops of a saved CoreML program, as the Neural Engine lint reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from export.checks.neural_engine import Node
from export.mil.load import load_spec, operations

# Weights are restored at loading time, and the CPU makes the dictionary of a classifier whatever runs the rest.
LEFT_OUT = ("const", "constexpr_", "classify")
DTYPES = {"FLOAT16": "fp16", "FLOAT32": "fp32"}


def nodes_of(package: Path) -> Iterator[Node]:
    """Each op that computes, with the shape and element type of its first output."""
    for operation in operations(load_spec(package)):
        if not operation.type.startswith(LEFT_OUT) and operation.outputs:
            yield node_of(operation)


def node_of(operation: Any) -> Node:
    """A Node from an operation of the specification; an axis of unknown size counts as 1."""
    tensor = operation.outputs[0].type.tensorType
    names = type(tensor).DESCRIPTOR.fields_by_name["dataType"].enum_type.values_by_number
    name = names[tensor.dataType].name
    shape = tuple(int(axis.constant.size) or 1 for axis in tensor.dimensions)
    return Node(operation.type, shape, DTYPES.get(name, name.lower()))
