"""Every sample once an epoch, shuffled."""

from __future__ import annotations

import numpy as np


def draw_epoch(labels: np.ndarray, *, multiplier: float, rng: np.random.Generator) -> np.ndarray:
    """Indices of one epoch, int64 [ceil(multiplier * N)]: whole permutations one after another, the last one cut."""
    length = int(np.ceil(len(labels) * multiplier))
    rounds = [rng.permutation(len(labels)) for _ in range(-(-length // len(labels)))]
    return np.concatenate(rounds)[:length]
