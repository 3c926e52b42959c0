"""A .tflite graph as quantization looks at it: who makes a tensor, who uses it, what an operator is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from edge_app.runtime.errors import ConversionError
from export.targets.tflite_facts import dtype_name, model_of, op_name, shape_of, text

# Operators that move numbers and leave them as they are.
SHAPE_OPS = frozenset({"RESHAPE", "TRANSPOSE", "PAD", "SQUEEZE", "EXPAND_DIMS"})


class Graph:
    """The single graph of a model. Operators and tensors go by their numbers in the file."""

    def __init__(self, content: bytes) -> None:
        self.model = whole_model(content)
        if len(self.model.subgraphs) != 1:
            raise ConversionError(f"a model with {len(self.model.subgraphs)} graphs cannot be quantized; allowed is 1")
        self.graph = self.model.subgraphs[0]
        self.ops = [op_name(self.model, op) for op in self.graph.operators]
        self.made_by: dict[int, int] = {}
        self.used_by: dict[int, list[int]] = defaultdict(list)
        for index, op in enumerate(self.graph.operators):
            self.made_by.update({int(tensor): index for tensor in op.outputs})
            for tensor in self.inputs(index):
                self.used_by[tensor].append(index)

    def inputs(self, op: int) -> list[int]:
        """Tensors that `op` reads, constants too."""
        return [int(tensor) for tensor in self.graph.operators[op].inputs if tensor >= 0]

    def output(self, op: int) -> int:
        """The tensor that `op` makes."""
        return int(self.graph.operators[op].outputs[0])

    def is_constant(self, tensor: int) -> bool:
        """Whether the tensor's numbers are in the file."""
        return tensor not in self.made_by and tensor not in self.graph.inputs

    def activations(self, op: int) -> list[int]:
        """Float tensors that `op` reads and that depend on the photo."""
        return [i for i in self.inputs(op) if not self.is_constant(i) and self.dtype(i) == "FLOAT32"]

    def users(self, op: int) -> list[int]:
        """Operators that read what `op` makes."""
        return self.used_by[self.output(op)]

    def is_output(self, tensor: int) -> bool:
        """Whether the tensor leaves the graph."""
        return tensor in self.graph.outputs

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Static shape."""
        return shape_of(self.graph.tensors[tensor])

    def dtype(self, tensor: int) -> str:
        """Element type."""
        return dtype_name(self.graph.tensors[tensor])

    def name(self, tensor: int) -> str:
        """The tensor's name, unique in files of litert-torch."""
        return text(self.graph.tensors[tensor].name)

    def axes(self, op: int) -> tuple[int, ...]:
        """The axes that a reduction sums over, counted from the front."""
        tensor = self.graph.tensors[self.inputs(op)[1]]
        given = np.frombuffer(bytes(self.model.buffers[tensor.buffer].data), np.int32)
        return tuple(int(axis) % len(self.shape(self.inputs(op)[0])) for axis in given)

    def past_shapes(self, ops: Iterable[int]) -> set[int]:
        """`ops`, with those that only move numbers exchanged for whoever uses what they made."""
        found: set[int] = set()
        waiting = list(ops)
        while waiting:
            op = waiting.pop()
            if self.ops[op] in SHAPE_OPS:
                waiting.extend(self.users(op))
            else:
                found.add(op)
        return found


def whole_model(content: bytes) -> Any:
    """The schema's object tree, with the buffers that quantizers put behind the flatbuffer taken into it."""
    model = model_of(content, "the converted model")
    for buffer in model.buffers:
        if buffer.offset > 1:
            buffer.data = np.frombuffer(content, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return model


def packed(model: Any) -> bytes:
    """The schema's object tree as a flatbuffer."""
    import flatbuffers

    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())
