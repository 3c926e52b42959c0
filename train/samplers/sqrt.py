"""Inverse square-root sampling (mobilevitv2 dual-weighted learning, "Inverse Square-Root Weighted Sampling")."""

from __future__ import annotations

import numpy as np


def class_probabilities(counts: np.ndarray, alpha: float) -> np.ndarray:
    """P(class i) = count_i**alpha / sum_j count_j**alpha; alpha 0 draws classes evenly, 1 as often as they occur.

    `counts` int [K]; a class without samples is never drawn.
    """
    powers = np.where(counts > 0, np.power(np.maximum(counts, 1).astype(np.float64), alpha), 0.0)
    return powers / powers.sum()


def sample_probabilities(labels: np.ndarray, alpha: float) -> np.ndarray:
    """Probability of each sample, float64 [N]: its class's, shared evenly within the class."""
    counts = np.bincount(labels)
    return (class_probabilities(counts, alpha) / np.maximum(counts, 1))[labels]


def draw_epoch(labels: np.ndarray, *, alpha: float, multiplier: float, rng: np.random.Generator) -> np.ndarray:
    """Indices of one epoch, int64 [ceil(multiplier * N)], drawn with replacement."""
    length = int(np.ceil(len(labels) * multiplier))
    return rng.choice(len(labels), size=length, replace=True, p=sample_probabilities(labels, alpha))
