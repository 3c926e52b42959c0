"""Static 8-bit TFLite files in any treatment: converted once, observed once, each file quantized in about a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from export.quantize import ranges
from export.quantize.ranges import Histogram, Range
from export.quantize.schemes import SCHEME_RECIPES
from export.quantize.stability import stability
from export.quantize.stretches import stretches
from export.quantize.tflite_apply import quantized, static_with
from export.quantize.tflite_bias import bias_corrected
from export.quantize.tflite_graph import Graph
from export.quantize.tflite_islands import eight_bit_ops, sturdy_ops
from export.quantize.tflite_observe import Report, observe
from export.quantize.treatment import Ranges, Treatment
from export.targets.tflite import check_scheme
from export.targets.tflite_facts import inspect
from export.targets.tflite_float import float_model
from export.targets.whole_file import whole_file

BASES = ("static8", "dynamic8", "w8")


class TfliteCures:
    """`module` comes from `lower`; `calibration` are uint8 `[S, S, 3]` photos, classes in turn."""

    def __init__(self, module: nn.Module, side_px: int, calibration: Sequence[np.ndarray], report: Report) -> None:
        self.module, self.side_px, self.calibration, self.report = module, side_px, calibration, report

    @cached_property
    def content(self) -> bytes:
        """The float model."""
        return float_model(self.module, self.side_px, self.report)

    @cached_property
    def graph(self) -> Graph:
        """The float model's graph; biases aside, that of every file made here."""
        return Graph(self.content)

    @property
    def bases(self) -> tuple[str, ...]:
        """See `Cures`."""
        return BASES

    @property
    def ranges(self) -> tuple[Ranges, ...]:
        """See `Cures`."""
        return ("least_error", "percentile")

    @property
    def groups(self) -> int:
        """See `Cures`."""
        return len(self.stretches)

    @cached_property
    def stretches(self) -> tuple[tuple[int, ...], ...]:
        """The products and convolutions that may compute in 8 bits, in stretches of the file."""
        return stretches(sturdy_ops(self.graph))

    @cached_property
    def seen(self) -> dict[int, Histogram]:
        """What flows through every tensor that any treatment may quantize."""
        graph = self.graph
        tensors = {tensor for op in eight_bit_ops(graph) for tensor in (*graph.activations(op), graph.output(op))}
        return observe(self.content, tensors, self.calibration, self.report)

    def quantizer(self, treatment: Treatment) -> Callable[[bytes], bytes]:
        """What turns the float model, or one with other biases, into a file of `treatment`, its biases aside."""
        if treatment.base != "static8":
            return lambda content: quantized(content, SCHEME_RECIPES[treatment.base], None, self.report)
        floats = {op for group in treatment.floats for op in self.stretches[group]}
        find: Callable[[Histogram], Range] = getattr(ranges, treatment.ranges)
        graph = self.graph
        found = {graph.name(tensor): find(histogram) for tensor, histogram in self.seen.items()}
        return lambda content: static_with(content, graph, found, floats)

    def made(self, treatment: Treatment) -> bytes:
        """The file's bytes in `treatment`; ConversionError where the quantizer refuses."""
        quantize, content = self.quantizer(treatment), self.content
        if treatment.bias:
            content = bias_corrected(content, quantize, self.calibration, self.report)
        return quantize(content)

    def stability(self, treatment: Treatment) -> dict[str, Any]:
        """See `Cures`."""
        return stability(self.seen.values(), getattr(ranges, treatment.ranges))

    def write(self, treatment: Treatment, out: Path) -> Path:
        """The file at `out`, whole or not at all."""
        made = self.made(treatment)
        with whole_file(out) as temporary:
            temporary.write_bytes(made)
            if not treatment.floats:
                check_scheme(inspect(temporary), treatment.base, SCHEME_RECIPES[treatment.base])
        return out
