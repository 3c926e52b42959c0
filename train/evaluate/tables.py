"""The figures of the whole set and of each class with their intervals, as they stand in evaluation.json."""

from __future__ import annotations

from typing import Any

import numpy as np

from train.evaluate import weighted
from train.evaluate.bootstrap import Interval, Resampling, percentile_interval, share_interval
from train.evaluate.classes import ClassPlan
from train.evaluate.curves import precision_recall, ranking, roc, thinned
from train.evaluate.enough import CLASS_MIN, GROUPS_MIN, count, support_of, where
from train.evaluate.photos import Evaluated

# Figures of a class that are shares of photos, and so get Wilson's interval where there are few.
SHARES = ("recall", "precision", "specificity")


def overall_table(evaluated: Evaluated, resampling: Resampling) -> dict[str, Interval]:
    """Every figure of the whole set by name; limits are told where there are enough lesions or patients for them."""
    truth, probabilities = evaluated.photos.truth, evaluated.probabilities
    found = weighted.overall(np.ones((1, len(truth))), truth, probabilities)
    drawn = resampling.of(lambda weights: weighted.overall(weights, truth, probabilities))
    right = probabilities.argmax(1) == truth
    support = support_of(truth, resampling.groups, right, ~right)
    table = {
        name: where(support.enough(name), percentile_interval(float(values[0]), drawn[name]))
        for name, values in found.items()
    }
    table["accuracy"] = share_interval(float(right.mean()), drawn["accuracy"], resampling.groups, right)
    return table


def class_table(evaluated: Evaluated, resampling: Resampling) -> list[dict[str, Any]]:
    """One row a class: label, support, lesions or patients, and its figures."""
    truth, probabilities, plan = evaluated.photos.truth, evaluated.probabilities, evaluated.plan
    found = weighted.by_class(np.ones((1, len(truth))), truth, probabilities)
    drawn = resampling.of(lambda weights: weighted.by_class(weights, truth, probabilities))
    rows = []
    for k, label in enumerate(plan.labels):
        own, others = count(resampling.groups[truth == k]), count(resampling.groups[truth != k])
        enough = own >= CLASS_MIN and others >= CLASS_MIN and count(resampling.groups) >= GROUPS_MIN
        row: dict[str, Any] = {
            "label": label.code, "name": label.name, "tier": label.tier.value, "known": bool(plan.known[k]),
            "support": int((truth == k).sum()), "groups": own,
        }  # fmt: skip
        for name, values in found.items():
            value, replicates = float(values[0, k]), drawn[name][:, k]
            if name in SHARES:
                among, hit = counted(name, k, truth, probabilities.argmax(1))
                row[name] = share_interval(value, replicates, resampling.groups[among], hit[among]).to_json()
            else:
                row[name] = where(enough, percentile_interval(value, replicates)).to_json()
        rows.append(row)
    return rows


def counted(name: str, k: int, truth: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which photos a share of class `k` is taken of, and which of all count as hits: bool [N] each."""
    if name == "recall":
        return truth == k, answers == k
    if name == "precision":
        return answers == k, truth == k
    return truth != k, answers != k


def confusion_table(evaluated: Evaluated) -> list[list[int]]:
    """Counts, rows truth, columns answer."""
    truth, answers = evaluated.photos.truth, evaluated.probabilities.argmax(1)
    matrix = weighted.confusions(np.ones((1, len(truth))), truth, answers, len(evaluated.plan.labels))[0]
    return [[int(count) for count in row] for row in matrix]


def curve_table(evaluated: Evaluated) -> dict[str, dict[str, list[list[float]]]]:
    """ROC and precision-recall points of every class with photos of it and of others, by code."""
    truth, probabilities, plan = evaluated.photos.truth, evaluated.probabilities, evaluated.plan
    curves = {}
    for k, code in enumerate(plan.codes):
        positive = truth == k
        if positive.any() and not positive.all() and plan.known[k]:
            ranked = ranking(positive, probabilities[:, k])
            curves[code] = {"roc": points(roc(ranked)), "precision_recall": points(precision_recall(ranked))}
    return curves


def points(curve: np.ndarray) -> list[list[float]]:
    """A curve thinned and rounded for a page."""
    return [[round(float(x), 4), round(float(y), 4)] for x, y in thinned(curve)]


def classes_of(plan: ClassPlan, model_codes: list[str]) -> dict[str, Any]:
    """Which class of the evaluation each output of the model counts for."""
    return {code: plan.codes[place] for code, place in zip(model_codes, plan.place, strict=True)}
