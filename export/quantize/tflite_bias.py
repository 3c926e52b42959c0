"""Bias correction of .tflite files: where their biases are, and what their operators make on average."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from export.quantize.bias import BiasCorrection
from export.quantize.tflite_graph import Graph, packed
from export.quantize.tflite_islands import linear_ops
from export.quantize.tflite_observe import Report, channel_means, runner, with_outputs

# Of a tensor in the schema of TFLite: a bias in 8-bit products, in steps of its own.
INT32 = 2


class Held:
    """A model, float or quantized, whose biases move in its bytes: reading and packing it takes longer than running it.

    `graph` is the float model's, whose operators `ops` are outputs here.
    """

    def __init__(self, content: bytes, graph: Graph, ops: Sequence[int]) -> None:
        from ai_edge_litert import schema_py_generated as schema

        own = Graph(content)
        by_name = {own.name(tensor): tensor for tensor in own.made_by}
        self.tensors = {op: by_name[graph.name(graph.output(op))] for op in ops}
        self.content = bytearray(with_outputs(content, self.tensors.values()))
        packed_model = schema.Model.GetRootAs(self.content, 0)
        self.biases: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray | None]] = {}
        for op, tensor in self.tensors.items():
            bias = bias_of(own, own.made_by[tensor])
            if bias is not None:
                found = own.graph.tensors[bias]
                in_steps = found.type == INT32
                place = packed_model.Buffers(found.buffer).DataAsNumpy().view(np.int32 if in_steps else np.float32)
                self.biases[op] = (place, place.copy(), found.quantization.scale if in_steps else None)

    def runner(self, shifts: Mapping[int, np.ndarray]) -> Any:
        """An interpreter of the model with `shifts` [C] added to the biases of the operators that they are for."""
        for op, (place, before, step) in self.biases.items():
            shift = shifts.get(op, 0.0)
            place[:] = before + (shift if step is None else np.round(shift / step))
        return runner(bytes(self.content))


@dataclass(frozen=True)
class Draft:
    """A model as far as bias correction looks at it: itself, and by what its biases move."""

    held: Held
    shifts: Mapping[int, np.ndarray] = field(default_factory=dict)

    def means(self, ops: Iterable[int], images: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """Mean of each channel of what each of `ops` makes."""
        wanted = list(ops)
        tensors = [self.held.tensors[op] for op in wanted]
        found = channel_means(self.held.runner(self.shifts), tensors, images) if wanted else []
        return dict(zip(wanted, found, strict=True))


def bias_correction(
    content: bytes, graph: Graph, images: Sequence[np.ndarray], report: Report
) -> BiasCorrection[Draft, int]:
    """What puts the biases of the float model `content`, whose graph is `graph`, right, shown on `images`."""
    ops = biased(graph)
    heads = [op for op in ops if graph.is_output(graph.output(op))]
    return BiasCorrection(
        model=Draft(Held(content, graph, ops)), body=[op for op in ops if op not in heads], heads=heads,
        means=Draft.means, shifted=lambda draft, shifts: replace(draft, shifts=shifts), images=images, report=report,
    )  # fmt: skip


def biased(graph: Graph) -> list[int]:
    """Products and convolutions with a bias of their own, in the order of the file."""
    return [op for op in linear_ops(graph) if bias_of(graph, op) is not None]


def bias_of(graph: Graph, op: int) -> int | None:
    """The tensor of the operator's bias; None where it has none of its own."""
    inputs = graph.graph.operators[op].inputs
    if len(inputs) < 3 or inputs[2] < 0:
        return None
    tensor = int(inputs[2])
    buffer = graph.graph.tensors[tensor].buffer
    shared = sum(other.buffer == buffer for other in graph.graph.tensors) + len(graph.used_by[tensor]) > 2
    return tensor if graph.is_constant(tensor) and not shared else None


def with_shifts(content: bytes, shifts: Mapping[int, np.ndarray]) -> bytes:
    """The float model with `shifts` [C] added to the biases of the operators that they are for."""
    graph = Graph(content)
    for op, shift in shifts.items():
        tensor = bias_of(graph, op)
        if tensor is not None:
            buffer = graph.model.buffers[graph.graph.tensors[tensor].buffer]
            moved = np.frombuffer(bytes(buffer.data), np.float32) + shift
            buffer.data = np.frombuffer(moved.astype(np.float32).tobytes(), np.uint8)
    return packed(graph.model)
