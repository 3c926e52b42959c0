"""A bias of zeros for every fully connected layer that has none.

tflite-runtime 2.14 for arm64 adds the bias of an 8-bit layer without asking whether there is one, and ends by SIGSEGV
(docs/decisions/0146). Where bias correction has something to put right, it also has a place then.
"""

from __future__ import annotations

import numpy as np

from export.quantize.tflite_graph import Graph, packed

LAYER = "FULLY_CONNECTED"


def with_biases(content: bytes) -> bytes:
    """The float model `content` in which every layer with constant weights has a bias of its own."""
    from ai_edge_litert import schema_py_generated as schema

    graph = Graph(content)
    bare = [op for op, name in enumerate(graph.ops) if name == LAYER and is_bare(graph, op)]
    for op in bare:
        inputs = [int(tensor) for tensor in graph.graph.operators[op].inputs[:2]]
        zeros = np.zeros(graph.shape(inputs[1])[0], np.float32)
        buffer, tensor = schema.BufferT(), schema.TensorT()
        buffer.data = np.frombuffer(zeros.tobytes(), np.uint8)
        tensor.name, tensor.shape, tensor.type = f"{graph.name(graph.output(op))};zeros", [zeros.size], 0
        tensor.buffer = len(graph.model.buffers)
        graph.model.buffers.append(buffer)
        graph.graph.tensors.append(tensor)
        graph.graph.operators[op].inputs = [*inputs, len(graph.graph.tensors) - 1]
    return packed(graph.model) if bare else content


def is_bare(graph: Graph, op: int) -> bool:
    """Whether the layer's weights are constant and it has no bias."""
    inputs = graph.graph.operators[op].inputs
    return graph.is_constant(int(inputs[1])) and (len(inputs) < 3 or inputs[2] < 0)
