"""The operators of a network in a handful of stretches, each of which may stay float as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

GROUPS = 16

Operator = TypeVar("Operator", int, str)


def stretches(operators: Sequence[Operator], groups: int = GROUPS) -> tuple[tuple[Operator, ...], ...]:
    """`operators`, in the order of the file, in up to `groups` stretches as long as one another."""
    parts = np.array_split(np.arange(len(operators)), min(groups, max(len(operators), 1)))
    return tuple(tuple(operators[k] for k in part) for part in parts if len(part))
