"""Measured figures as the screens show them: recall with its interval, from the bundle's own gate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Z_95 = 1.959964


@dataclass(frozen=True)
class Recall:
    """Of `support` photos of a class `found` were recognised; `low` to `high` is the 95 % interval."""

    share: float
    low: float
    high: float
    support: int


def wilson(found: int, support: int) -> tuple[float, float]:
    """95 % score interval of a proportion (Wilson 1927)."""
    if support == 0:
        return 0.0, 1.0
    share, z2 = found / support, Z_95**2
    centre = (share + z2 / (2 * support)) / (1 + z2 / support)
    half = Z_95 * math.sqrt(share * (1 - share) / support + z2 / (4 * support**2)) / (1 + z2 / support)
    return max(0.0, centre - half), min(1.0, centre + half)


def recall_of(gate: Mapping[str, Any], code: str) -> Recall | None:
    """The shipped file's recall of one class; None where the gate did not measure it."""
    for row in gate.get("classes", ()):
        if row.get("label") == code and row.get("recall_exported") is not None and row.get("support"):
            return recall(float(row["recall_exported"]), int(row["support"]))
    return None


def recall_for_skin_type(gate: Mapping[str, Any], code: str, skin_type: str) -> Recall | None:
    """The recall of one class for one skin type; None, shown as "not evaluated", where it was not measured."""
    rows = [row for row in gate.get("skin_types", ()) if row.get("skin_type") == skin_type]
    return recall_of({"classes": rows}, code)


def recall(share: float, support: int) -> Recall:
    """A recall with its interval."""
    low, high = wilson(round(share * support), support)
    return Recall(share, low, high, support)


def probable(probability: float) -> str:
    """A model's probability: near its ends a bound, for no model is certain."""
    if probability > 0.99:
        return f">\u00a0{percent(0.99)}"
    return f"<\u00a0{percent(0.01)}" if probability < 0.01 else percent(probability)


def percent(share: float) -> str:
    """`62 %`: whole numbers, for nothing measured on some dozen photos knows more."""
    return f"{100 * share:.0f}\u00a0%"
