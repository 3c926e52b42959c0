"""Two models on the same photos: how much better is the second, and could it be chance?

Every photo is a pair, and whole lesions or patients are resampled with both answers at once, so that what makes a photo
hard for both cancels out. Accuracy has McNemar's exact test beside it (McNemar 1947), which counts the photos that only
one of the two gets right.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from scipy.stats import binomtest

from train.evaluate import weighted
from train.evaluate.bootstrap import Resampling, percentile_interval, two_sided_p


def difference_table(
    truth: np.ndarray, first: np.ndarray, second: np.ndarray, codes: list[str], resampling: Resampling
) -> list[dict[str, Any]]:
    """Every figure of the whole set and the recall of every class: first, second, second less first, interval, p.

    `first` and `second` are the probabilities float [N, C] of photos of classes `truth` int [N].
    """

    def figures(weights: np.ndarray, probabilities: np.ndarray) -> dict[str, np.ndarray]:
        matrices = weighted.confusions(weights, truth, probabilities.argmax(1), len(codes))
        recalls = {f"recall {code}": weighted.recalls(matrices)[:, k] for k, code in enumerate(codes)}
        return weighted.overall(weights, truth, probabilities) | recalls

    ones = np.ones((1, len(truth)))
    before, after = figures(ones, first), figures(ones, second)
    drawn = [resampling.of(partial(figures, probabilities=p)) for p in (first, second)]
    rows = []
    for name in before:
        replicates = drawn[1][name] - drawn[0][name]
        values = float(before[name][0]), float(after[name][0])
        if np.isnan(values).any():
            continue
        row = {"figure": name, "first": round(values[0], 6), "second": round(values[1], 6),
               "difference": percentile_interval(values[1] - values[0], replicates).to_json(),
               "p": two_sided_p(replicates)}  # fmt: skip
        if name == "accuracy":
            row["mcnemar"] = mcnemar(first.argmax(1) == truth, second.argmax(1) == truth)
        rows.append(row)
    return rows


def mcnemar(first: np.ndarray, second: np.ndarray) -> dict[str, Any]:
    """Photos that only one model gets right, and the exact two-sided p that they split evenly; 1 without any."""
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    count = only_first + only_second
    p = float(binomtest(only_first, count, 0.5).pvalue) if count else 1.0
    return {"only_first_right": only_first, "only_second_right": only_second, "p": p}
