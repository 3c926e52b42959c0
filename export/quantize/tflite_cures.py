"""Static 8-bit TFLite files in any treatment: converted once, observed once, each file quantized in about a second."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from export.quantize.bias import BiasCorrection
from export.quantize.eight_bit_cures import EightBitCures
from export.quantize.ranges import Histogram
from export.quantize.schemes import SCHEME_RECIPES
from export.quantize.stretches import stretches
from export.quantize.tflite_apply import quantized, static_with
from export.quantize.tflite_bias import Draft, Held, bias_correction, biased, with_shifts
from export.quantize.tflite_graph import Graph
from export.quantize.tflite_islands import eight_bit_ops, sturdy_ops
from export.quantize.tflite_observe import observe
from export.quantize.treatment import Treatment
from export.targets.schemes import TREATABLE
from export.targets.tflite import check_scheme
from export.targets.tflite_facts import inspect
from export.targets.tflite_float import float_model
from export.targets.whole_file import whole_file


class TfliteCures(EightBitCures[int, int]):
    """See `EightBitCures`; operators and tensors by their numbers in the float file."""

    bases = TREATABLE["tflite"]

    @cached_property
    def content(self) -> bytes:
        """The float model."""
        return float_model(self.module, self.side_px, self.report)

    @cached_property
    def graph(self) -> Graph:
        """The float model's graph; biases aside, that of every file made here."""
        return Graph(self.content)

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

    @cached_property
    def biases(self) -> BiasCorrection[Draft, int]:
        """What puts biases right."""
        return bias_correction(self.content, self.graph, self.calibration, self.report)

    def quantized(self, treatment: Treatment, content: bytes) -> bytes:
        """The float model, or one with other biases, in `treatment`, its biases aside; ConversionError if refused."""
        if treatment.base != "static8":
            return quantized(content, SCHEME_RECIPES[treatment.base], None, self.report)
        found = {self.graph.name(tensor): span for tensor, span in self.found(treatment).items()}
        return static_with(content, self.graph, found, self.floats(treatment))

    def write(self, treatment: Treatment, out: Path) -> Path:
        """The file at `out`, whole or not at all."""
        made = self.quantized(treatment, self.content)
        if treatment.bias:
            shifts = self.biases.against(Draft(Held(made, self.graph, biased(self.graph)))).shifts
            made = self.quantized(treatment, with_shifts(self.content, shifts))
        with whole_file(out) as temporary:
            temporary.write_bytes(made)
            if not treatment.floats:
                check_scheme(inspect(temporary), treatment.base, SCHEME_RECIPES[treatment.base])
        return out
