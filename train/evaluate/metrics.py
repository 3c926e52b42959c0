"""Figures of a classifier from its logits: pure functions of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import rankdata

ECE_BINS = 15


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities float64 [N, K] of `logits` [N, K]."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts int64 [K, K]: rows are the truth, columns the answer."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where `whole` is 0 (as scikit-learn's zero_division=0)."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def class_scores(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall, F1 and support of each class, [K] each, from a confusion matrix."""
    hits, support, answered = np.diag(matrix).astype(float), matrix.sum(1), matrix.sum(0)
    return {
        "precision": ratio(hits, answered),
        "recall": ratio(hits, support),
        "f1": ratio(2 * hits, (support + answered).astype(float)),
        "support": support,
    }


def balanced_accuracy(matrix: np.ndarray) -> float:
    """Mean recall of the classes that occur."""
    scores = class_scores(matrix)
    return float(scores["recall"][scores["support"] > 0].mean())


def f1(matrix: np.ndarray, average: str) -> float:
    """F1 averaged over classes that occur or are answered ("macro"), or weighted by support ("weighted")."""
    scores = class_scores(matrix)
    if average == "weighted":
        return float(np.average(scores["f1"], weights=scores["support"]))
    return float(scores["f1"][(matrix.sum(0) + matrix.sum(1)) > 0].mean())


def matthews(matrix: np.ndarray) -> float:
    """Multi-class Matthews correlation (Gorodkin 2004); 0 where truth or answers are one class only."""
    total, right = float(matrix.sum()), float(np.trace(matrix))
    truth, answered = matrix.sum(1).astype(float), matrix.sum(0).astype(float)
    spread = (total**2 - (answered**2).sum()) * (total**2 - (truth**2).sum())
    return float((right * total - truth @ answered) / np.sqrt(spread)) if spread > 0 else 0.0


def class_auc(positive: np.ndarray, scores: np.ndarray) -> float | None:
    """Area under the ROC curve of one class against the rest (Mann-Whitney, ties count half).

    None where all or no photos are of the class: there is nothing to rank.
    """
    count = int(positive.sum())
    if count == 0 or count == len(positive):
        return None
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(positive) - count)))


def aucs(labels: np.ndarray, probabilities: np.ndarray) -> list[float | None]:
    """One-vs-rest area of every class, None where undefined."""
    return [class_auc(labels == k, probabilities[:, k]) for k in range(probabilities.shape[1])]


def mean_auc(values: list[float | None], weights: np.ndarray) -> float | None:
    """Mean of the defined areas with `weights` [K]; None where none is defined."""
    defined = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    if not defined:
        return None
    return float(np.average([v for v, _ in defined], weights=[float(w) for _, w in defined]))


def expected_calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = ECE_BINS) -> float:
    """Mean |accuracy - confidence| over `bins` equal bins of confidence (Guo et al. 2017, eq. 3)."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = [abs(right[place == b].mean() - confidence[place == b].mean()) * (place == b).sum()
            for b in range(bins) if (place == b).any()]  # fmt: skip
    return float(sum(gaps) / len(labels))


def figures(labels: np.ndarray, logits: np.ndarray, codes: list[str]) -> dict[str, Any]:
    """Every figure of metrics.json for `labels` int [N] and `logits` [N, K]; an undefined AUC is null."""
    probabilities = softmax(logits)
    matrix = confusion(labels, logits.argmax(1), len(codes))
    scores, areas = class_scores(matrix), aucs(labels, probabilities)
    log_likelihood = np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-300))
    return {
        "count": len(labels),
        "accuracy": float(np.trace(matrix) / matrix.sum()),
        "balanced_accuracy": balanced_accuracy(matrix),
        "weighted_f1": f1(matrix, "weighted"),
        "macro_f1": f1(matrix, "macro"),
        "weighted_auc": mean_auc(areas, scores["support"]),
        "macro_auc": mean_auc(areas, np.ones(len(codes))),
        "mcc": matthews(matrix),
        "ece": expected_calibration_error(labels, probabilities),
        "negative_log_likelihood": float(-log_likelihood.mean()),
        "classes": [
            {"label": code, "precision": float(scores["precision"][k]), "recall": float(scores["recall"][k]),
             "f1": float(scores["f1"][k]), "auc": areas[k], "support": int(scores["support"][k])}
            for k, code in enumerate(codes)
        ],
        "confusion": matrix.tolist(),
    }  # fmt: skip
