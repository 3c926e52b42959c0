"""The shipped file's recall by Fitzpatrick type, where the gate's photos say which skin they show."""

from __future__ import annotations

from typing import Any

import numpy as np

from export.gate.examine import Findings

ROMAN = ("I", "II", "III", "IV", "V", "VI")


def skin_type_rows(findings: Findings) -> list[dict[str, Any]]:
    """One row for each skin type and class with photos, and one for each type over all classes (`label` null)."""
    photos, rows = findings.reference.photos, []
    right = findings.answers == photos.truth
    for skin_type, name in enumerate(ROMAN, 1):
        shown = photos.skin_types == skin_type if photos.skin_types is not None else np.zeros(len(photos), bool)
        for index, label in [(None, None), *((k, label.code) for k, label in enumerate(findings.reference.labels))]:
            chosen = shown if index is None else shown & (photos.truth == index)
            if support := int(chosen.sum()):
                recall = round(float(right[chosen].mean()), 6)
                rows.append({"skin_type": name, "label": label, "support": support, "recall_exported": recall})
    return rows
