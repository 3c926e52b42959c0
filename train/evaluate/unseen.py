"""Photos of classes that the model has never seen: it cannot be right, but it can be alarmed, or unsure."""

from __future__ import annotations

from typing import Any

import numpy as np

from train.evaluate import weighted
from train.evaluate.malignant import scores_of
from train.evaluate.photos import Evaluated


def unseen_table(whole: Evaluated, group: np.ndarray) -> dict[str, Any]:
    """What the model answers to each class that it has no output for, and how far its energy gives them away.

    `accuracy_of_all` counts these photos as wrong, which they are.
    """
    truth, probabilities, plan = whole.photos.truth, whole.probabilities, whole.plan
    known, answers = plan.known[truth], probabilities.argmax(1)
    rows = []
    for k in np.unique(truth[~known]):
        own = truth == k
        counts = np.bincount(answers[own], minlength=len(plan.labels))
        rows.append({
            "label": plan.codes[k], "name": plan.labels[k].name, "photos": int(own.sum()),
            "malignant": bool(group[k]),
            "answers": {plan.codes[j]: int(counts[j]) for j in np.argsort(-counts, kind="stable") if counts[j]},
            "answered_as_malignant": round(float(group[answers[own]].mean()), 6),
            "mean_probability_of_malignant": round(float(scores_of(whole, group)[own].mean()), 6),
            "mean_best_probability": round(float(probabilities[own].max(1).mean()), 6),
        })  # fmt: skip
    auroc = weighted.aucs(np.ones((1, len(truth))), ~known, whole.answered.energies)[0]
    return {"rows": rows, "auroc_energy": None if np.isnan(auroc) else round(float(auroc), 6),
            "accuracy_of_all": round(float((answers == truth).mean()), 6)}  # fmt: skip
