"""8-bit ML Programs in any treatment: converted once, observed once by the executor, quantized as often as asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from export.quantize import coreml_bias, ranges
from export.quantize.bias import bias_corrected
from export.quantize.ranges import Histogram, Range
from export.quantize.stability import stability
from export.quantize.stretches import stretches
from export.quantize.treatment import Ranges, Treatment
from export.targets.coreml import SYSTEMS
from export.targets.coreml_activations import activations_in, linear_ops, main_block, observe, rounded
from export.targets.coreml_compress import eight_bit_weights
from export.targets.coreml_float import Report, float_model, weights_of
from export.targets.coreml_package import write_package

BASES = ("w8a8", "w8")
# An executor stands in for Core ML and takes its time: fewer stretches and steps than elsewhere.
GROUPS, BIAS_STEPS = 8, 4


class CoremlCures:
    """`module` comes from `lower`; `calibration` are uint8 `[S, S, 3]` photos, classes in turn."""

    def __init__(self, module: nn.Module, side_px: int, calibration: Sequence[np.ndarray], report: Report) -> None:
        self.module, self.side_px, self.calibration, self.report = module, side_px, calibration, report

    def content(self, base: str) -> Any:
        """The float16 MLModel for the oldest system that reads the scheme."""
        return float_model(self.module, self.side_px, "FLOAT16", SYSTEMS[base], self.report)

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
    def stretches(self) -> tuple[tuple[str, ...], ...]:
        """What the ops make that may take 8-bit input, in stretches of the program; see `insert_pairs`."""
        ops = rounded(linear_ops(main_block(self.content("w8a8").get_spec())))
        return stretches([operation.outputs[0].name for operation in ops], GROUPS)

    @cached_property
    def seen(self) -> dict[str, Histogram]:
        """What flows into every op that any treatment may quantize."""
        model = self.content("w8a8")
        return observe(model.get_spec(), weights_of(model), self.calibration, self.report)

    def stability(self, treatment: Treatment) -> dict[str, Any]:
        """See `Cures`."""
        return stability(self.seen.values(), getattr(ranges, treatment.ranges))

    def write(self, treatment: Treatment, out: Path) -> Path:
        """See `Cures`."""
        model = self.content(treatment.base)
        if treatment.bias:
            model = self.corrected(treatment, model)
        made = self.quantized(treatment, model)
        write_package(made.get_spec(), weights_of(made), out)
        return out

    def corrected(self, treatment: Treatment, model: Any) -> Any:
        """The float model with biases that make up for what the treatment does to it."""
        sites = coreml_bias.biased(model)
        names = list(sites)
        return bias_corrected(
            model, names[:-1], names[-1:], quantize=lambda shifted: self.quantized(treatment, shifted),
            means=coreml_bias.means, shifted=lambda shifted, by: coreml_bias.with_shifts(shifted, sites, by),
            images=self.calibration, report=self.report, steps=BIAS_STEPS,
        )  # fmt: skip

    def quantized(self, treatment: Treatment, model: Any) -> Any:
        """The float `model`, or one with other biases, in `treatment`, its biases aside."""
        if treatment.base == "w8":
            return eight_bit_weights(model)
        find: Callable[[Histogram], Range] = getattr(ranges, treatment.ranges)
        found = {name: find(histogram) for name, histogram in self.seen.items()}
        floats = [name for group in treatment.floats for name in self.stretches[group]]
        return eight_bit_weights(activations_in(model, found, floats))
