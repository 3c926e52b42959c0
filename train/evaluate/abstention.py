"""What the answers are worth when the model may say nothing: coverage against accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge_app.runtime.card import Thresholds
from train.evaluate.bootstrap import Resampling
from train.evaluate.coverage import accuracy_by_coverage, area_under_risk, threshold_for_coverage
from train.evaluate.malignant import share
from train.evaluate.photos import Evaluated
from train.evaluate.tables import points

COVERAGES = (0.95, 0.90, 0.80, 0.70, 0.50)
SIGNALS = {"probability": "best probability", "energy": "energy"}


def abstention_table(
    evaluated: Evaluated, validation: Evaluated | None, thresholds: Thresholds | None, resampling: Resampling
) -> dict[str, Any]:
    """Curves by best probability and by energy, thresholds taken from validation photos, and the file's own."""
    right = evaluated.probabilities.argmax(1) == evaluated.photos.truth
    table: dict[str, Any] = {"signals": {}, "points": [], "shipped": None}
    for signal in SIGNALS:
        certainty = certainty_of(evaluated, signal)
        table["signals"][signal] = {
            "curve": points(accuracy_by_coverage(right, certainty)),
            "area_under_risk": round(area_under_risk(right, certainty), 6),
        }
        if validation is None:
            continue
        for wanted in COVERAGES:
            threshold = threshold_for_coverage(certainty_of(validation, signal), wanted)
            table["points"].append({"signal": signal, "asked": wanted, "threshold": round(threshold, 6),
                                    **kept(right, certainty >= threshold, resampling)})  # fmt: skip
    if thresholds is not None:
        answered = certainty_of(evaluated, "probability") >= thresholds.confidence_min
        table["shipped"] = kept(right, answered & (evaluated.answered.energies <= thresholds.energy_max), resampling)
    return table


def certainty_of(evaluated: Evaluated, signal: str) -> np.ndarray:
    """High where the model is sure, by `signal`: float64 [N]."""
    return -evaluated.answered.energies if signal == "energy" else evaluated.probabilities.max(axis=1)


def kept(right: np.ndarray, answered: np.ndarray, resampling: Resampling) -> dict[str, Any]:
    """Share answered, and accuracy among those."""
    everything = np.ones(len(right), bool)
    return {"coverage": share(answered, everything, resampling), "accuracy": share(right, answered, resampling)}
