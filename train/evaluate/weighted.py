"""Figures of a classifier under many weightings of its photos at once.

Every function takes weights float [R, N]: R times how often each of N photos counts. Row after row is one bootstrap
replicate (train.evaluate.bootstrap); one row of ones gives the figure itself. A figure that a row leaves undefined (no
photo of a class, say) is NaN there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

ECE_BINS = 15


def divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where `whole` is 0."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def mean_of(weights: np.ndarray, values: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """Weighted mean [R] of `values` [N], over the photos that `among` bool [N] picks."""
    chosen = weights if among is None else weights[:, among]
    picked = values if among is None else values[among]
    return divided(chosen @ picked.astype(float), chosen.sum(axis=1))


def confusions(weights: np.ndarray, truth: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Confusion matrices float [R, K, K] (rows truth, columns answer) of `truth` and `answers` int [N]."""
    count = len(truth)
    cell = csr_array((np.ones(count), (np.arange(count), truth * classes + answers)), shape=(count, classes**2))
    return np.asarray(weights @ cell).reshape(len(weights), classes, classes)


def recalls(matrices: np.ndarray) -> np.ndarray:
    """Recall (sensitivity) of each class, [R, K]; NaN for a class without photos."""
    return divided(diagonal(matrices), matrices.sum(2))


def precisions(matrices: np.ndarray) -> np.ndarray:
    """Precision (positive predictive value) of each class, [R, K]; NaN for a class that is never answered."""
    return divided(diagonal(matrices), matrices.sum(1))


def specificities(matrices: np.ndarray) -> np.ndarray:
    """Share of the other classes' photos that are not answered as the class, [R, K]."""
    total = matrices.sum((1, 2))[:, None]
    others = total - matrices.sum(2)
    return divided(others - (matrices.sum(1) - diagonal(matrices)), others)


def f1s(matrices: np.ndarray) -> np.ndarray:
    """F1 of each class, [R, K]; NaN for a class that neither occurs nor is answered."""
    return divided(2 * diagonal(matrices), matrices.sum(1) + matrices.sum(2))


def accuracies(matrices: np.ndarray) -> np.ndarray:
    """Share of right answers, [R]."""
    return divided(diagonal(matrices).sum(1), matrices.sum((1, 2)))


def balanced_accuracies(matrices: np.ndarray) -> np.ndarray:
    """Mean recall of the classes that occur, [R]."""
    return defined_mean(recalls(matrices))


def macro_f1s(matrices: np.ndarray) -> np.ndarray:
    """Mean F1 of the classes that occur or are answered, [R]."""
    return defined_mean(f1s(matrices))


def weighted_f1s(matrices: np.ndarray) -> np.ndarray:
    """F1 averaged by the support of the classes, [R]."""
    support = matrices.sum(2)
    return divided((np.nan_to_num(f1s(matrices)) * support).sum(1), support.sum(1))


def matthews(matrices: np.ndarray) -> np.ndarray:
    """Multi-class Matthews correlation (Gorodkin 2004), [R]; 0 where truth or answers are one class only."""
    total, right = matrices.sum((1, 2)), diagonal(matrices).sum(1)
    truth, answered = matrices.sum(2), matrices.sum(1)
    spread = (total**2 - (answered**2).sum(1)) * (total**2 - (truth**2).sum(1))
    return np.nan_to_num(divided(right * total - (truth * answered).sum(1), np.sqrt(np.maximum(spread, 0.0))))


def diagonal(matrices: np.ndarray) -> np.ndarray:
    """The right answers of each class, [R, K]."""
    return np.diagonal(matrices, axis1=1, axis2=2)


def defined_mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of what is defined; NaN where nothing is."""
    known = ~np.isnan(values)
    return divided(np.where(known, values, 0.0).sum(-1), known.sum(-1))


def tied_counts(weights: np.ndarray, positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weight of positives and of the rest at each distinct score, highest first: two [R, T]."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    sorted_weights = weights[:, order]
    hits = np.add.reduceat(sorted_weights * positive[order], starts, axis=1)
    return hits, np.add.reduceat(sorted_weights, starts, axis=1) - hits


def aucs(weights: np.ndarray, positive: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Area under the ROC curve [R] of `positive` bool [N] by `scores` [N] (Mann-Whitney, ties count half)."""
    if not len(scores):
        return np.full(len(weights), np.nan)
    hits, misses = tied_counts(weights, positive, scores)
    below = misses.sum(1, keepdims=True) - np.cumsum(misses, axis=1)
    return divided((hits * (below + 0.5 * misses)).sum(1), hits.sum(1) * misses.sum(1))


def average_precisions(weights: np.ndarray, positive: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Average precision [R]: the sum of precision times gain of recall over distinct thresholds."""
    if not len(scores):
        return np.full(len(weights), np.nan)
    hits, misses = tied_counts(weights, positive, scores)
    found = np.cumsum(hits, axis=1)
    precision = np.nan_to_num(divided(found, found + np.cumsum(misses, axis=1)))
    return divided((hits * precision).sum(1), hits.sum(1))


def calibration_errors(
    weights: np.ndarray, right: np.ndarray, confidence: np.ndarray, bins: int = ECE_BINS
) -> np.ndarray:
    """Expected calibration error [R]: mean |accuracy - confidence| over `bins` equal bins (Guo et al. 2017, eq. 3)."""
    count = len(confidence)
    place = bins_of(confidence, bins)
    gap = csr_array((right.astype(float) - confidence, (np.arange(count), place)), shape=(count, bins))
    return divided(np.abs(np.asarray(weights @ gap)).sum(1), weights.sum(1))


def bins_of(confidence: np.ndarray, bins: int) -> np.ndarray:
    """Index 0..bins-1 of each confidence; bin b holds what is above b / bins and at most (b + 1) / bins."""
    return np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)


MATRIX_FIGURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": accuracies,
    "balanced_accuracy": balanced_accuracies,
    "weighted_f1": weighted_f1s,
    "macro_f1": macro_f1s,
    "mcc": matthews,
}


def overall(weights: np.ndarray, truth: np.ndarray, probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """Every figure of the whole set by name, [R] each, of `truth` int [N] and `probabilities` [N, K]."""
    classes = probabilities.shape[1]
    matrices = confusions(weights, truth, probabilities.argmax(1), classes)
    found = {name: figure(matrices) for name, figure in MATRIX_FIGURES.items()}
    each = [(truth == k, probabilities[:, k]) for k in range(classes)]
    found["macro_auc"] = defined_mean(np.stack([aucs(weights, *pair) for pair in each], axis=1))
    found["macro_average_precision"] = defined_mean(np.stack([average_precisions(weights, *p) for p in each], axis=1))
    return found | calibration(weights, truth, probabilities)


def calibration(weights: np.ndarray, truth: np.ndarray, probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """What probabilities are worth, [R] each: calibration error, Brier score, negative log likelihood."""
    right = probabilities.argmax(1) == truth
    likelihood = np.maximum(probabilities[np.arange(len(truth)), truth], 1e-300)
    squares = ((probabilities - np.eye(probabilities.shape[1])[truth]) ** 2).sum(1)
    return {
        "ece": calibration_errors(weights, right, probabilities.max(1)),
        "brier": mean_of(weights, squares),
        "negative_log_likelihood": mean_of(weights, -np.log(likelihood)),
    }


def by_class(weights: np.ndarray, truth: np.ndarray, probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """Every figure of single classes by name, [R, K] each."""
    classes = probabilities.shape[1]
    matrices = confusions(weights, truth, probabilities.argmax(1), classes)
    each = [(truth == k, probabilities[:, k]) for k in range(classes)]
    return {
        "recall": recalls(matrices),
        "precision": precisions(matrices),
        "specificity": specificities(matrices),
        "f1": f1s(matrices),
        "auc": np.stack([aucs(weights, *pair) for pair in each], axis=1),
        "average_precision": np.stack([average_precisions(weights, *pair) for pair in each], axis=1),
    }
