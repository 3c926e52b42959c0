"""Does the model's probability say how often it is right? Reliability, and what one temperature changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from train.evaluate import weighted
from train.evaluate.bootstrap import Resampling, percentile_interval
from train.evaluate.enough import GROUPS_MIN, count, where
from train.evaluate.photos import Evaluated


def calibration_table(evaluated: Evaluated, resampling: Resampling) -> dict[str, Any]:
    """Before (temperature 1) and after: ECE, negative log likelihood and Brier score with intervals, and the bins."""
    plain = Evaluated(evaluated.photos, evaluated.answered, evaluated.plan, 1.0)
    before, after = described(plain, resampling), described(evaluated, resampling)
    return {"temperature": round(evaluated.temperature, 6), "bins": weighted.ECE_BINS, "before": before, "after": after}


def described(evaluated: Evaluated, resampling: Resampling) -> dict[str, Any]:
    """Calibration of one set of probabilities."""
    truth, probabilities = evaluated.photos.truth, evaluated.probabilities
    ones, names = np.ones((1, len(truth))), ("ece", "negative_log_likelihood", "brier")

    def figures(weights: np.ndarray) -> dict[str, np.ndarray]:
        return weighted.calibration(weights, truth, probabilities)

    found, drawn = figures(ones), resampling.of(figures)
    enough = count(resampling.groups) >= GROUPS_MIN
    table: dict[str, Any] = {
        n: where(enough, percentile_interval(float(found[n][0]), drawn[n])).to_json() for n in names
    }
    right = probabilities.argmax(1) == truth
    return table | {"reliability": reliability(right, probabilities.max(1))}


def reliability(right: np.ndarray, confidence: np.ndarray, bins: int = weighted.ECE_BINS) -> list[dict[str, float]]:
    """The bins that hold photos: how many, mean confidence, share right."""
    place = weighted.bins_of(confidence, bins)
    return [
        {"from": b / bins, "to": (b + 1) / bins, "count": int((place == b).sum()),
         "confidence": round(float(confidence[place == b].mean()), 6),
         "accuracy": round(float(right[place == b].mean()), 6)}
        for b in range(bins) if (place == b).any()
    ]  # fmt: skip
