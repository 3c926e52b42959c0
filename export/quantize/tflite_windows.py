"""A .tflite model of which any run of consecutive operators can be executed by itself, given what flows into it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from export.quantize.tflite_graph import Graph, packed

# Places in the table of a subgraph, by TFLite's schema.
INPUTS, OUTPUTS, OPERATORS = 6, 8, 10
UINT32 = np.dtype("<u4")


class Windows:
    """A model packed once; a window of it differs in three vectors of the packed bytes and runs only its operators.

    Operators and tensors go by their numbers in `content`, which packing keeps. `table` is the packed model as the
    schema reads it; what is written into its arrays is in the next window.
    """

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.graph = Graph(content)
        room = np.zeros(len(self.graph.graph.tensors), dtype=np.int32)
        model = Graph(content).model
        model.subgraphs[0].inputs = model.subgraphs[0].outputs = room
        model.signatureDefs = []
        self.content = bytearray(packed(model))
        self.table = schema.Model.GetRootAs(self.content, 0)
        graph = self.table.Subgraphs(0)._tab
        self.vectors = {field: graph.Vector(graph.Offset(field)) for field in (INPUTS, OUTPUTS, OPERATORS)}
        # An entry points from its own place, so that the sum of both is what tells operators.
        self.operators = self.entries(OPERATORS, len(self.graph.ops)) + self.offsets(len(self.graph.ops))
        self.fixed = self.without_photo()

    def entries(self, field: int, count: int) -> np.ndarray:
        """The first `count` entries of a vector, uint32 `[count]`, to be read or written."""
        return np.frombuffer(self.content, UINT32, count, self.vectors[field])

    def resized(self, field: int, count: int) -> np.ndarray:
        """The entries of a vector that has `count` of them from now on."""
        np.frombuffer(self.content, UINT32, 1, self.vectors[field] - UINT32.itemsize)[:] = count
        return self.entries(field, count)

    @staticmethod
    def offsets(count: int) -> np.ndarray:
        """Of `count` entries of a vector, in bytes."""
        return np.arange(count, dtype=UINT32) * UINT32.itemsize

    def without_photo(self) -> list[int]:
        """Operators that make something of constants alone, as float weights of 8-bit ones.

        XNNPACK does their work once, with the weights, so what they make can neither be read nor given.
        """
        made: set[int] = set()
        found = []
        for op, operator in enumerate(self.graph.graph.operators):
            if all(tensor in made or self.graph.is_constant(tensor) for tensor in self.graph.inputs(op)):
                found.append(op)
                made.update(map(int, operator.outputs))
        return found

    def window(self, first: int, last: int, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The model of the operators from `first` up to, not including, `last`, from `inputs` to `outputs`."""
        operators = [op for op in self.fixed if op < first] + list(range(first, last))
        self.resized(INPUTS, len(inputs))[:] = inputs
        self.resized(OUTPUTS, len(outputs))[:] = outputs
        self.resized(OPERATORS, len(operators))[:] = self.operators[operators] - self.offsets(len(operators))
        return bytes(self.content)

    def flowing(self, place: int) -> list[int]:
        """Tensors that the operators from `place` on need and do not make, constants and what is made of them aside."""
        there = {*self.fixed, *range(place, len(self.graph.ops))}
        made = {int(tensor) for op in there for tensor in self.graph.graph.operators[op].outputs}
        needed = {tensor for op in there for tensor in self.graph.inputs(op)}
        return sorted(tensor for tensor in needed - made if not self.graph.is_constant(tensor))
