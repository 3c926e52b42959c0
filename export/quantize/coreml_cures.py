"""8-bit ML Programs in any treatment: converted, observed and packed once, rehearsed in the executor, then written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from export.mil.executor import Executor
from export.quantize import coreml_bias
from export.quantize.bias import BiasCorrection
from export.quantize.coreml_rehearsal import biases_of, means, rehearsal, with_shifts
from export.quantize.eight_bit_cures import EightBitCures
from export.quantize.ranges import Histogram
from export.quantize.stretches import stretches
from export.quantize.treatment import Treatment
from export.targets.coreml import SYSTEMS
from export.targets.coreml_activations import (
    activations_in,
    executor_of,
    image_of,
    linear_ops,
    main_block,
    observe,
    rounded,
)
from export.targets.coreml_compress import eight_bit_weights
from export.targets.coreml_float import float_model, weights_of
from export.targets.coreml_package import write_package
from export.targets.schemes import TREATABLE

# An executor stands in for Core ML and takes its time: fewer stretches than elsewhere.
GROUPS = 8


@dataclass(frozen=True)
class Draft:
    """A file as far as bias correction looks at it: what walks it, and by what its biases move."""

    executor: Executor
    shifts: Mapping[str, np.ndarray] = field(default_factory=dict)

    def means(self, sites: Sequence[str], images: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        """See `coreml_rehearsal.means`."""
        return means(with_shifts(self.executor, self.shifts), sites, images)


class CoremlCures(EightBitCures[str, str]):
    """See `EightBitCures`; values and ops by the names of what they make."""

    bases = TREATABLE["coreml"]

    def content(self, base: str) -> Any:
        """The float16 MLModel for the oldest system that reads the scheme."""
        return float_model(self.module, self.side_px, "FLOAT16", SYSTEMS[base], self.report)

    @cached_property
    def weighted(self) -> Callable[[str], Any]:
        """A scheme's MLModel with 8-bit weights, made once, for it takes seconds; names stay what they were."""
        return cache(lambda base: eight_bit_weights(self.content(base)))

    @cached_property
    def executor(self) -> Callable[..., Executor]:
        """What runs the float program of a scheme, or (`is_float=False`) that with 8-bit weights, made once."""

        def load(base: str, *, is_float: bool) -> Executor:
            model = self.content(base) if is_float else self.weighted(base)
            return executor_of(model.get_spec(), weights_of(model))

        return cache(load)

    @cached_property
    def stretches(self) -> tuple[tuple[str, ...], ...]:
        """See `EightBitCures` and `insert_pairs`."""
        ops = rounded(linear_ops(main_block(self.content("w8a8").get_spec())))
        return stretches([operation.outputs[0].name for operation in ops], GROUPS)

    @cached_property
    def seen(self) -> dict[str, Histogram]:
        """See `EightBitCures`."""
        block = main_block(self.content("w8a8").get_spec())
        return observe(self.executor("w8a8", is_float=True), block, self.calibration, self.report)

    def rehearsed(self, treatment: Treatment) -> Executor:
        """What answers like the file in `treatment`, its biases aside."""
        weights = self.executor(treatment.base, is_float=False)
        if treatment.base == "w8":
            return weights
        return rehearsal(weights, self.found(treatment), self.floats(treatment))

    @cached_property
    def biases(self) -> Callable[[str], BiasCorrection[Draft, str]]:
        """`bias_correction` of each scheme, found once."""
        return cache(self.bias_correction)

    def bias_correction(self, base: str) -> BiasCorrection[Draft, str]:
        """What finds by how much the biases of a scheme's program should move."""
        sites = list(coreml_bias.biased(self.content(base)))
        return BiasCorrection(
            model=Draft(self.executor(base, is_float=True)), body=sites[:-1], heads=sites[-1:], means=Draft.means,
            shifted=lambda draft, shifts: replace(draft, shifts=shifts), images=self.calibration, report=self.report,
        )  # fmt: skip

    def shifts(self, treatment: Treatment) -> Mapping[str, np.ndarray]:
        """By what its biases move to make up for what 8 bits do."""
        return self.biases(treatment.base).against(Draft(self.rehearsed(treatment))).shifts

    def preview(self, treatment: Treatment, photos: Sequence[np.ndarray]) -> np.ndarray:
        """See `TargetCures`."""
        executor = self.rehearsed(treatment)
        if treatment.bias:
            executor = with_shifts(executor, self.shifts(treatment))
        return np.stack([executor.run(image_of(photo))["logits"][0].numpy() for photo in photos])

    def write(self, treatment: Treatment, out: Path) -> Path:
        """See `TargetCures`."""
        model = self.weighted(treatment.base)
        if treatment.bias:
            shifts = self.shifts(treatment)
            before = biases_of(self.executor(treatment.base, is_float=True), shifts)
            sites = coreml_bias.biased(self.content(treatment.base))
            model = coreml_bias.with_biases(model, sites, {name: before[name] + shifts[name] for name in before})
        if treatment.base != "w8":
            model = activations_in(model, self.found(treatment), self.floats(treatment))
        write_package(model.get_spec(), weights_of(model), out)
        return out
