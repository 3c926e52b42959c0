"""Bias correction of .tflite files: where their biases are, and what their operators make on average."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from export.quantize.bias import BiasCorrection
from export.quantize.tflite_graph import Graph, packed
from export.quantize.tflite_islands import linear_ops
from export.quantize.tflite_observe import Report, channel_means

# Of a tensor in the schema of TFLite: a bias in 8-bit products, in steps of its own.
INT32 = 2


def bias_correction(
    content: bytes, graph: Graph, images: Sequence[np.ndarray], report: Report
) -> BiasCorrection[bytes, int]:
    """What puts the biases of the float model `content`, whose graph is `graph`, right, shown on `images`."""
    ops = [op for op in linear_ops(graph) if bias_of(graph, op) is not None]
    heads = [op for op in ops if graph.is_output(graph.output(op))]
    return BiasCorrection(
        model=content, body=[op for op in ops if op not in heads], heads=heads,
        means=lambda model, some, shown: means(model, graph, some, shown),
        shifted=lambda model, shifts: with_shifts(model, graph, shifts),
        images=images, report=report,
    )  # fmt: skip


def means(content: bytes, graph: Graph, ops: Iterable[int], images: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
    """Mean of each channel of what each of `ops` makes in `content`, whose tensors are called as in `graph`."""
    names = {op: graph.name(graph.output(op)) for op in ops}
    if not names:
        return {}
    return dict(zip(names, channel_means(content, list(names.values()), images), strict=True))


def bias_of(graph: Graph, op: int) -> int | None:
    """The tensor of the operator's bias; None where it has none of its own."""
    inputs = graph.graph.operators[op].inputs
    if len(inputs) < 3 or inputs[2] < 0:
        return None
    tensor = int(inputs[2])
    buffer = graph.graph.tensors[tensor].buffer
    shared = sum(other.buffer == buffer for other in graph.graph.tensors) + len(graph.used_by[tensor]) > 2
    return tensor if graph.is_constant(tensor) and not shared else None


def with_shifts(content: bytes, graph: Graph, shifts: Mapping[int, np.ndarray]) -> bytes:
    """`content`, float or quantized, with `shifts` [C] added to the biases of the operators of `graph` they are for."""
    own = Graph(content)
    by_name = {own.name(tensor): op for tensor, op in own.made_by.items()}
    for op, shift in shifts.items():
        bias = bias_of(own, by_name[graph.name(graph.output(op))])
        if bias is not None:
            tensor = own.graph.tensors[bias]
            buffer = own.model.buffers[tensor.buffer]
            whole = tensor.type == INT32
            before = np.frombuffer(bytes(buffer.data), np.int32 if whole else np.float32)
            moved = before + (np.round(shift / tensor.quantization.scale) if whole else shift)
            buffer.data = np.frombuffer(moved.astype(before.dtype).tobytes(), np.uint8)
    return packed(own.model)
