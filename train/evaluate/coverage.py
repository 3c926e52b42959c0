"""What abstaining buys: accuracy of the answers that are given, by how many are."""

from __future__ import annotations

import numpy as np


def accuracy_by_coverage(right: np.ndarray, certainty: np.ndarray) -> np.ndarray:
    """Points (share of photos answered, accuracy among them), most certain first: float [T, 2]."""
    order = np.argsort(-certainty, kind="stable")
    ranked = certainty[order]
    last = np.flatnonzero(np.concatenate([ranked[1:] != ranked[:-1], [True]]))
    answered = last + 1
    return np.stack([answered / len(right), np.cumsum(right[order])[last] / answered], axis=1)


def area_under_risk(right: np.ndarray, certainty: np.ndarray) -> float:
    """Mean error rate over all coverages 1/N .. 1 (Geifman and El-Yaniv 2017); lower is better.

    Equal certainties are answered together, so their order cannot matter: each gets the mean of its tie.
    """
    order = np.argsort(-certainty, kind="stable")
    ranked, wrong = certainty[order], 1.0 - right[order].astype(float)
    group = np.cumsum(np.concatenate([[0], (ranked[1:] != ranked[:-1]).astype(int)]))
    even = np.bincount(group, weights=wrong) / np.bincount(group)
    return float((np.cumsum(even[group]) / np.arange(1, len(wrong) + 1)).mean())


def threshold_for_coverage(certainty: np.ndarray, coverage: float) -> float:
    """The certainty that at least `coverage` of the photos reach."""
    return float(np.quantile(certainty, 1.0 - coverage, method="lower"))
