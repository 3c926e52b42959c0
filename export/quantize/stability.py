"""Do the calibration photos suffice? Ranges from one half of them against ranges from the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from export.quantize.ranges import LEVELS, Histogram, Range

CLOSE = 1.1
DIGITS = 4


def stability(histograms: Iterable[Histogram], find: Callable[[Histogram], Range]) -> dict[str, Any]:
    """How far the steps differ that `find` gives from either half of the photos, over all tensors.

    {"tensors", "median_step_ratio", "worst_step_ratio", "within_10_percent"}: ratios of the larger step to the smaller,
    1 when the halves agree; the share of tensors whose ratio is at most 1.1.
    """
    ratios = np.array([ratio(*(find(half) for half in histogram.halves)) for histogram in histograms])
    if len(ratios) == 0:
        return {"tensors": 0, "median_step_ratio": 1.0, "worst_step_ratio": 1.0, "within_10_percent": 1.0}
    return {
        "tensors": len(ratios),
        "median_step_ratio": round(float(np.median(ratios)), DIGITS),
        "worst_step_ratio": round(float(ratios.max()), DIGITS),
        "within_10_percent": round(float(np.mean(ratios <= CLOSE)), DIGITS),
    }


def ratio(one: Range, other: Range) -> float:
    """The larger step by the smaller; 1 for two tensors that are 0 throughout."""
    steps = sorted((chosen.high - chosen.low) / LEVELS for chosen in (one, other))
    if steps[1] <= 0.0:
        return 1.0
    return steps[1] / max(steps[0], steps[1] * 1e-6)
