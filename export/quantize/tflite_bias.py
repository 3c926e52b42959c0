"""Bias correction of .tflite files: where their biases are, and what their operators make on average.

A look at an operator runs only what lies between it and the first of those looked at before: what flows into that one
is kept, for nothing before it changes any more (docs/decisions/0149).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from export.quantize.bias import BiasCorrection
from export.quantize.tflite_graph import Graph, packed
from export.quantize.tflite_islands import linear_ops
from export.quantize.tflite_observe import Report, runner
from export.quantize.tflite_windows import Windows

# Of a tensor in the schema of TFLite: a bias in 8-bit products, in steps of its own.
INT32 = 2

Shifts = Mapping[int, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What flows into the operators from `place` on, photo by photo, where those before it have the biases `shifts`."""

    place: int
    images: Sequence[np.ndarray]
    shifts: Shifts
    values: list[dict[int, np.ndarray]]


class Held:
    """A model, float or quantized, whose biases move in its bytes: reading and packing it takes longer than running it.

    `graph` is the float model's, by whose numbers operators `ops` and shifts go here.
    """

    def __init__(self, content: bytes, graph: Graph, ops: Sequence[int]) -> None:
        self.windows = Windows(content)
        own = self.windows.graph
        by_name = {own.name(tensor): tensor for tensor in own.made_by}
        self.tensors = {op: by_name[graph.name(graph.output(op))] for op in ops}
        self.places = {op: own.made_by[tensor] for op, tensor in self.tensors.items()}
        self.biases: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray | None]] = {}
        for op, place in self.places.items():
            bias = bias_of(own, place)
            if bias is not None:
                found = own.graph.tensors[bias]
                in_steps = found.type == INT32
                data = self.windows.table.Buffers(found.buffer).DataAsNumpy().view(np.int32 if in_steps else np.float32)
                self.biases[op] = (data, data.copy(), found.quantization.scale if in_steps else None)
        self.reached: Reached | None = None

    def means(self, ops: Iterable[int], images: Sequence[np.ndarray], shifts: Shifts) -> dict[int, np.ndarray]:
        """Mean over photos and places of each channel of what each of `ops` makes, float64 `[C]`, biases moved."""
        wanted = {op: self.tensors[op] for op in ops}
        if not wanted:
            return {}
        first, last = (of(self.places[op] for op in wanted) for of in (min, max))
        start = self.start(images, shifts, first)
        kept = [tensor for tensor in self.windows.flowing(first) if tensor not in start.values[0]]
        flowing = self.windows.flowing(start.place)
        self.move(shifts)
        run = runner(self.windows.window(start.place, last + 1, flowing, [*kept, *wanted.values()]))
        scales = {one["index"]: one["quantization"] for one in run.get_output_details()}
        sums: dict[int, np.ndarray] = {}
        values = []
        for before in start.values:
            for tensor in flowing:
                run.set_tensor(tensor, before[tensor])
            run.invoke()
            for op, tensor in wanted.items():
                sums[op] = sums.get(op, 0.0) + channel_mean(run.get_tensor(tensor), *scales[tensor])
            values.append({**before, **{tensor: run.get_tensor(tensor) for tensor in kept}})
        self.reached = self.trimmed(first, images, shifts, values)
        return {op: total / len(images) for op, total in sums.items()}

    def start(self, images: Sequence[np.ndarray], shifts: Shifts, first: int) -> Reached:
        """Where to start from, at or before the operator `first` of the model."""
        known = self.reached
        if known and known.place <= first and same(known.images, images) and self.agree(known, shifts):
            return known
        given = int(self.windows.graph.graph.inputs[0])
        values = [{given: np.ascontiguousarray(image)[None]} for image in images]
        return Reached(place=0, images=images, shifts=shifts, values=values)

    def agree(self, known: Reached, shifts: Shifts) -> bool:
        """Whether what was `known` was reached with these biases."""
        before = [op for op, place in self.places.items() if place < known.place]
        return all(known.shifts.get(op) is shifts.get(op) for op in before)

    def trimmed(
        self, place: int, images: Sequence[np.ndarray], shifts: Shifts, values: list[dict[int, np.ndarray]]
    ) -> Reached:
        """What was reached, without what nobody needs any more."""
        needed = self.windows.flowing(place)
        return Reached(
            place=place, images=images, shifts=dict(shifts),
            values=[{tensor: one[tensor] for tensor in needed} for one in values],
        )  # fmt: skip

    def move(self, shifts: Shifts) -> None:
        """Add `shifts` [C] to the biases of the operators that they are for."""
        for op, (data, before, step) in self.biases.items():
            shift = shifts.get(op, 0.0)
            data[:] = before + (shift if step is None else np.round(shift / step))


def same(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> bool:
    """Whether these are the very same photos."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def channel_mean(values: np.ndarray, scale: float, zero: int) -> np.ndarray:
    """Mean over places of each channel, float64 `[C]`; 8-bit values as real numbers."""
    mean = values.reshape(-1, values.shape[-1]).mean(axis=0, dtype=np.float64)
    return np.asarray((mean - zero) * scale if scale else mean)


@dataclass(frozen=True)
class Draft:
    """A model as far as bias correction looks at it: itself, and by what its biases move."""

    held: Held
    shifts: Shifts = field(default_factory=dict)

    def means(self, ops: Iterable[int], images: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """Mean of each channel of what each of `ops` makes."""
        return self.held.means(ops, images, self.shifts)


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
