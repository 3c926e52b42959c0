"""Bias correction: 8 bits shift the mean of what an operator makes; its bias takes the shift back.

Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.2, with the means
measured on calibration photos. An operator inherits the shifts of those before it, so corrections go from the first
operator to the last, each after a look at what the earlier ones left over: of those that share a look, each corrects
again what those before it have just corrected. A look is sixteen photos, and biases move in the quantized model itself,
for nothing else in it depends on them (docs/decisions/0148). What makes the model's outputs comes last and sees every
photo: there a shift of a hundredth takes photos between two classes from one to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

STEPS = 100
PHOTOS = 16
REPORT_EVERY = 20

Model = TypeVar("Model")
Site = TypeVar("Site", int, str)


@dataclass(frozen=True, kw_only=True)
class BiasCorrection(Generic[Model, Site]):
    """The float `model`, whose own means are measured once, however many treatments ask for them.

    `body` and `heads` are the operators with a bias, in their order. `means(model, operators, images)` are the mean of
    each channel [C] of what they make, float or 8-bit; an operator that a quantized model hides may be missing.
    `shifted(model, shifts)` is a float or a quantized model with other biases.
    """

    model: Model
    body: Sequence[Site]
    heads: Sequence[Site]
    means: Callable[[Model, Sequence[Site], Sequence[np.ndarray]], Mapping[Site, np.ndarray]]
    shifted: Callable[[Model, Mapping[Site, np.ndarray]], Model]
    images: Sequence[np.ndarray]
    report: Callable[[str], None]

    @cached_property
    def float_means(self) -> dict[Site, np.ndarray]:
        """The mean of each channel in float."""
        body = self.means(self.model, self.body, self.images[:PHOTOS])
        return {**body, **self.means(self.model, self.heads, self.images)}

    def against(self, quantized: Model) -> Model:
        """The float model with biases that make up for what its `quantized` form answers otherwise."""
        parts = np.array_split(np.arange(len(self.body)), min(STEPS, max(len(self.body), 1)))
        turns = [([self.body[k] for k in part], self.images[:PHOTOS]) for part in parts] + [(self.heads, self.images)]
        shifts = dict[Site, np.ndarray]()
        for number, (some, shown) in enumerate(turns, 1):
            if number % REPORT_EVERY == 1:
                self.report(f"correcting biases: step {number} of {len(turns)}")
            found = self.means(self.shifted(quantized, shifts), some, shown)
            shifts |= {site: self.float_means[site] - mean for site, mean in found.items()}
        return self.shifted(self.model, shifts)
