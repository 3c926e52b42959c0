"""Bias correction: 8 bits shift the mean of what an operator makes; its bias takes the shift back.

Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.2, with the means
measured on calibration photos. An operator inherits the shifts of those before it, so corrections go from the first
operators to the last, in `STEPS` steps, each after a look at what the earlier ones left over; all at once would correct
every shift many times. The head is corrected, too: the mean of each logit becomes the float model's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from export.quantize.tflite_graph import Graph, packed
from export.quantize.tflite_islands import linear_ops
from export.quantize.tflite_observe import Report, channel_means

STEPS = 20
PHOTOS = 64


def bias_corrected(
    content: bytes, quantize: Callable[[bytes], bytes], images: Sequence[np.ndarray], report: Report
) -> bytes:
    """The float model `content` with biases that make up for what `quantize` does to it, shown on `images`."""
    graph = Graph(content)
    ops = [op for op in linear_ops(graph) if bias_of(graph, op) is not None]
    names = {op: graph.name(graph.output(op)) for op in ops}
    shown = images[:PHOTOS]
    wanted = dict(zip(ops, channel_means(content, list(names.values()), shown), strict=True))
    for step, some in enumerate(np.array_split(np.array(ops, dtype=int), min(STEPS, len(ops)))):
        report(f"correcting biases: step {step + 1} of {min(STEPS, len(ops))}")
        found = channel_means(quantize(content), [names[int(op)] for op in some], shown)
        content = with_shifts(content, {int(op): wanted[int(op)] - mean for op, mean in zip(some, found, strict=True)})
    return content


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
