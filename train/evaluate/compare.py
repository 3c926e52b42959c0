"""Two models on the same photos: how much better is the second, and could it be chance?

Every photo is a pair, and whole lesions or patients are resampled with both answers at once, so that what makes a photo
hard for both cancels out. Accuracy and recalls have McNemar's exact test beside them (McNemar 1947), which counts the
photos that only one of the two gets right. Where fewer than ten lesions do that, resampling sees too little: with none
its interval has no width. Tango's score interval and McNemar's p stand in there; other figures have no interval and no
p where there are too few lesions or patients to resample.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from scipy.stats import binomtest

from train.evaluate import weighted
from train.evaluate.bootstrap import TOO_FEW, Interval, Resampling, percentile_interval, two_sided_p
from train.evaluate.enough import SIDE_MIN, count, support_of, where
from train.evaluate.paired import paired_interval


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
    right = [p.argmax(1) == truth for p in (first, second)]
    support = support_of(truth, resampling.groups, right[0] != right[1])
    rows = []
    for name in before:
        values, replicates = (float(before[name][0]), float(after[name][0])), drawn[1][name] - drawn[0][name]
        if np.isnan(values).any():
            continue
        change = where(support.enough(name), percentile_interval(values[1] - values[0], replicates))
        p = None if change.method == TOO_FEW else two_sided_p(replicates)
        row: dict[str, Any] = {"figure": name, "first": round(values[0], 6), "second": round(values[1], 6)}
        among = counted(name, truth, codes)
        if among is not None:
            one, other = right[0][among], right[1][among]
            row["mcnemar"] = mcnemar(one, other)
            if few_discordant(one, other, resampling.groups[among]):
                change, p = scored(one, other, resampling.groups[among]), row["mcnemar"]["p"]
        rows.append({**row, "difference": change.to_json(), "p": p})
    return rows


def counted(name: str, truth: np.ndarray, codes: list[str]) -> np.ndarray | None:
    """The photos that a share of right answers is taken of, bool [N]; None for figures that are no such share."""
    if name == "accuracy":
        return np.ones(len(truth), bool)
    return truth == codes.index(name.removeprefix("recall ")) if name.startswith("recall ") else None


def few_discordant(first: np.ndarray, second: np.ndarray, groups: np.ndarray) -> bool:
    """Whether fewer than ten lesions or patients are answered rightly by one of the two alone."""
    return count(groups[first != second]) < SIDE_MIN


def scored(first: np.ndarray, second: np.ndarray, groups: np.ndarray) -> Interval:
    """Tango's interval of the change, photos counting for as many as there are lesions or patients."""
    share = len(np.unique(groups)) / len(groups)
    lost, gained = share * float((first & ~second).sum()), share * float((~first & second).sum())
    low, high = paired_interval(lost, gained, share * len(groups))
    return Interval((gained - lost) / (share * len(groups)), low, high, "tango")


def mcnemar(first: np.ndarray, second: np.ndarray) -> dict[str, Any]:
    """Photos that only one model gets right, and the exact two-sided p that they split evenly; 1 without any."""
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    count = only_first + only_second
    p = float(binomtest(only_first, count, 0.5).pvalue) if count else 1.0
    return {"only_first_right": only_first, "only_second_right": only_second, "p": p}
