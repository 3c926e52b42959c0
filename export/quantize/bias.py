"""Bias correction: 8 bits shift the mean of what an operator makes; its bias takes the shift back.

Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.2, with the means
measured on calibration photos. An operator inherits the shifts of those before it, so corrections go from the first
operators to the last, in a dozen steps, each after a look at what the earlier ones left over; all at once would correct
every shift many times. What makes the model's outputs comes last and sees every photo: there a shift of a hundredth
takes photos between two classes from one to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

STEPS = 12
PHOTOS = 48

Model = TypeVar("Model")
Site = TypeVar("Site", int, str)


def bias_corrected(
    model: Model,
    body: Sequence[Site],
    heads: Sequence[Site],
    *,
    quantize: Callable[[Model], Model],
    means: Callable[[Model, Sequence[Site], Sequence[np.ndarray]], Mapping[Site, np.ndarray]],
    shifted: Callable[[Model, Mapping[Site, np.ndarray]], Model],
    images: Sequence[np.ndarray],
    report: Callable[[str], None],
    steps: int = STEPS,
) -> Model:
    """The float `model` with biases that make up for what `quantize` does to it, shown on `images`.

    `body` and `heads` are the operators with a bias, in their order. `means(model, operators, images)` are the mean of
    each channel [C] of what they make, float or 8-bit; an operator that a quantized model hides may be missing.
    `shifted` adds to biases.
    """
    parts = np.array_split(np.arange(len(body)), min(steps, max(len(body), 1)))
    turns = [([body[k] for k in part], images[:PHOTOS]) for part in parts] + [(list(heads), images)]
    wanted = {**means(model, body, images[:PHOTOS]), **means(model, heads, images)}
    for number, (some, shown) in enumerate(turns, 1):
        report(f"correcting biases: step {number} of {len(turns)}")
        found = means(quantize(model), some, shown)
        model = shifted(model, {site: wanted[site] - found[site] for site in found})
    return model
