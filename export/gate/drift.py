"""What the verdict does not judge but a reader should know: balanced accuracy, AUC, calibration, before and after."""

from __future__ import annotations

import numpy as np

from export.gate.examine import Findings
from train.evaluate import metrics

NAMES = ("balanced_accuracy", "macro_auc", "ece")
DIGITS = 6


def drift(findings: Findings) -> dict[str, dict[str, float | None]]:
    """{"balanced_accuracy" | "macro_auc" | "ece": {"float", "exported"}}; null where the photos do not define it."""
    before = figures(findings, findings.reference.logits)
    after = figures(findings, findings.logits)
    return {name: {"float": before[name], "exported": after[name]} for name in NAMES}


def figures(findings: Findings, logits: np.ndarray) -> dict[str, float | None]:
    """The figures of `NAMES` for `logits` [N, K] of the findings' photos."""
    codes = [label.code for label in findings.reference.labels]
    found = metrics.figures(findings.reference.photos.truth, logits, codes)
    return {name: None if found[name] is None else round(found[name], DIGITS) for name in NAMES}
