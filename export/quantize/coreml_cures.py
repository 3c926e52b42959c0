"""8-bit ML Programs in any treatment: converted once, observed once by the executor, quantized as often as asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from export.quantize import coreml_bias
from export.quantize.bias import BiasCorrection
from export.quantize.eight_bit_cures import EightBitCures
from export.quantize.ranges import Histogram
from export.quantize.stretches import stretches
from export.quantize.treatment import Treatment
from export.targets.coreml import SYSTEMS
from export.targets.coreml_activations import activations_in, linear_ops, main_block, observe, rounded
from export.targets.coreml_compress import eight_bit_weights
from export.targets.coreml_float import float_model, weights_of
from export.targets.coreml_package import write_package

# An executor stands in for Core ML and takes its time: fewer stretches and steps than elsewhere.
GROUPS, BIAS_STEPS = 8, 4


class CoremlCures(EightBitCures[str, str]):
    """See `EightBitCures`; the executor observes; ops by the names of what they make."""

    bases = ("w8a8", "w8")

    def content(self, base: str) -> Any:
        """The float16 MLModel for the oldest system that reads the scheme."""
        return float_model(self.module, self.side_px, "FLOAT16", SYSTEMS[base], self.report)

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

    def write(self, treatment: Treatment, out: Path) -> Path:
        """See `Cures`."""
        quantize = partial(self.quantized, treatment)
        content = self.content(treatment.base)
        made = quantize(self.biases(treatment.base).against(quantize) if treatment.bias else content)
        write_package(made.get_spec(), weights_of(made), out)
        return out

    @cached_property
    def biases(self) -> Callable[[str], BiasCorrection[Any, str]]:
        """`bias_correction` of each scheme, found once."""
        return cache(self.bias_correction)

    def bias_correction(self, base: str) -> BiasCorrection[Any, str]:
        """What puts the biases of the scheme's float program right."""
        model = self.content(base)
        sites = coreml_bias.biased(model)
        names = list(sites)
        return BiasCorrection(
            model=model, body=names[:-1], heads=names[-1:], means=coreml_bias.means,
            shifted=lambda model, shifts: coreml_bias.with_shifts(model, sites, shifts),
            images=self.calibration, report=self.report, steps=BIAS_STEPS,
        )  # fmt: skip

    def quantized(self, treatment: Treatment, model: Any) -> Any:
        """The float `model`, or one with other biases, in `treatment`, its biases aside."""
        if treatment.base == "w8":
            return eight_bit_weights(model)
        return eight_bit_weights(activations_in(model, self.found(treatment), self.floats(treatment)))
