"""What the verdict does not judge but a reader should know: balanced accuracy, AUC, calibration, before and after."""

from __future__ import annotations

import numpy as np

from export.gate.examine import Findings


def drift(findings: Findings) -> dict[str, dict[str, float | None]]:
    """{"balanced_accuracy" | "macro_auc" | "ece": {"float", "exported"}}; null where the photos do not define it."""
    return {}


def _unused(x: np.ndarray) -> None:
    return None
