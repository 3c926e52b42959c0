"""What a photo of each class counts; "How Important Is Each Dermoscopy Image?" (Barata and Santiago) numbers them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from train.losses.effective_number import effective_number


def equal(counts: np.ndarray, beta: float) -> np.ndarray:
    """1 for every class: float64 [K]."""
    return np.ones(len(counts))


def class_balanced(counts: np.ndarray, beta: float) -> np.ndarray:
    """N / N_y of each class (eq. 7): float64 [K]; `counts` int [K], each 1 or more."""
    return counts.sum() / counts.astype(np.float64)


def by_effective_number(counts: np.ndarray, beta: float) -> np.ndarray:
    """(1 - beta) / (1 - beta**N_y) of each class, with a `beta` in [0, 1) for all data (Cui et al. 2019)."""
    return np.array([1.0 / effective_number(int(count), beta) for count in counts])


def by_effective_samples(counts: np.ndarray, beta: float) -> np.ndarray:
    """The same with beta = (N - 1) / N, N being all photos (eq. 8); `beta` is not used.

    1 - beta**N_y is computed as -expm1(N_y * log(beta)), since beta is close to 1.
    """
    total = int(counts.sum())
    return -1.0 / total / np.expm1(counts * np.log1p(-1.0 / total))


WEIGHTINGS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "none": equal,
    "class_balanced": class_balanced,
    "effective_number": by_effective_number,
    "effective_samples": by_effective_samples,
}


def weights_by(weighting: str, counts: np.ndarray, *, beta: float, scale: str) -> np.ndarray:
    """What a photo of each class counts, float64 [K]; `scale` "mean_1" divides by the classes' mean.

    "formula" leaves them. The scale matters to SGD: eq. 8 gives about 1 / N_y, so steps a thousand times smaller than
    without weights.
    """
    weights = WEIGHTINGS[weighting](counts, beta)
    return weights / weights.mean() if scale == "mean_1" else weights
