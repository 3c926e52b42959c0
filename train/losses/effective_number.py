"""Class-balanced weights from the effective number of samples (Cui et al. 2019, doi:10.1109/CVPR.2019.00949)."""

from __future__ import annotations

import numpy as np


def effective_number(count: int, beta: float) -> float:
    """Expected number of distinct samples among `count`: (1 - beta**n) / (1 - beta) (Cui et al. 2019, eq. 2)."""
    return float((1.0 - beta**count) / (1.0 - beta))


def class_weights(counts: np.ndarray, beta: float) -> np.ndarray:
    """1 / effective number of each class, divided by their mean: float64 [K], mean 1.

    `counts` int [K], each 1 or more; `beta` in [0, 1), 0 gives equal weights.
    """
    weights = np.array([1.0 / effective_number(int(count), beta) for count in counts])
    return weights / weights.mean()
