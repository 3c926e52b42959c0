"""The question that matters most: is it one of the classes that somebody must look at soon?

The score of a photo is the sum of its probabilities of the malignant group. Thresholds are chosen on validation photos
and applied to the evaluated ones, which is what a deployment would see; choosing them on the latter flatters.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from edge_app.runtime.errors import ConfigError
from train.evaluate import curves, weighted
from train.evaluate.bootstrap import Resampling, percentile_interval, share_interval
from train.evaluate.classes import ClassPlan
from train.evaluate.curves import Ranking, ranking
from train.evaluate.enough import POINT_MIN, POSITIVES_MIN, count, where
from train.evaluate.photos import Evaluated
from train.evaluate.tables import points

# Actinic keratosis is premalignant; HAM10000's class holds Bowen's disease, a carcinoma in situ, as well.
MALIGNANT = ("mel", "bcc", "scc", "akiec")
SPECIFICITIES = (0.95, 0.90, 0.80)
SENSITIVITIES = (0.90, 0.95)
THRESHOLDS = np.round(np.arange(0.01, 0.81, 0.01), 2)
# The operating point that tiles show and subgroups are compared at.
POINT = "specificity at least 90 %"


def rules() -> dict[str, Callable[[Ranking], float]]:
    """How a threshold is chosen, by what the choice is called."""
    specific = {f"specificity at least {100 * s:.0f} %": partial(curves.threshold_for_specificity, specificity=s)
                for s in SPECIFICITIES}  # fmt: skip
    sensitive = {f"sensitivity at least {100 * s:.0f} %": partial(curves.threshold_for_sensitivity, sensitivity=s)
                 for s in SENSITIVITIES}  # fmt: skip
    return {**specific, **sensitive, "largest sum of both (Youden)": curves.youden_threshold}


def malignant_group(plan: ClassPlan, chosen: list[str] | None) -> np.ndarray:
    """Which classes are malignant, bool [C]: the `chosen` codes, else those of MALIGNANT; ConfigError for others."""
    unknown = [code for code in chosen or [] if code not in plan.codes]
    if unknown:
        raise ConfigError(f"--malignant names {', '.join(unknown)}; the classes are {', '.join(plan.codes)}")
    wanted = MALIGNANT if chosen is None else chosen
    return np.array([code in wanted for code in plan.codes])


def scores_of(evaluated: Evaluated, group: np.ndarray) -> np.ndarray:
    """Probability of the group, float64 [N]."""
    return np.asarray(evaluated.probabilities[:, group].sum(axis=1))


def malignant_table(
    evaluated: Evaluated, validation: Evaluated | None, group: np.ndarray, resampling: Resampling
) -> dict[str, Any] | None:
    """ROC, sensitivity at fixed specificity, operating points and net benefit; None without both kinds of photos."""
    positive, scores = group[evaluated.photos.truth], scores_of(evaluated, group)
    if not positive.any() or positive.all():
        return None
    ranked, ones = ranking(positive, scores), np.ones((1, len(scores)))
    auc = weighted.aucs(ones, positive, scores)[0]
    enough = min(count(resampling.groups[positive]), count(resampling.groups[~positive])) >= POSITIVES_MIN
    points_chosen, lacking = operating_points(positive, scores, validation, group, resampling)
    drawn = resampling.of(lambda weights: {"auc": weighted.aucs(weights, positive, scores)})["auc"]
    return {
        "classes": [code for code, inside in zip(evaluated.plan.codes, group, strict=True) if inside],
        "positives": int(positive.sum()), "others": int((~positive).sum()),
        "auc": where(enough, percentile_interval(float(auc), drawn)).to_json(),
        "roc": points(curves.roc(ranked)),
        "sensitivity_at_specificity": on_the_curve(ranked),
        "operating_points": points_chosen, "no_points_since": lacking,
        "decision_curve": decision_curve(positive, scores, resampling, band=enough),
    }  # fmt: skip


def on_the_curve(ranked: Ranking) -> list[dict[str, float]]:
    """Sensitivity where the evaluated photos' own curve reaches each specificity: a property, no promise."""
    rows = []
    for wanted in SPECIFICITIES:
        called = ranked.thresholds >= curves.threshold_for_specificity(ranked, wanted)
        hits = int(ranked.hits[called][-1]) if called.any() else 0
        rows.append({"specificity": wanted, "sensitivity": round(hits / ranked.positives, 6)})
    return rows


def operating_points(
    positive: np.ndarray, scores: np.ndarray, validation: Evaluated | None, group: np.ndarray, resampling: Resampling
) -> tuple[list[dict[str, Any]], str]:
    """What each rule, followed on validation photos, gives on the evaluated ones, and "" or why none is followed."""
    if validation is None:
        return [], "no validation photos to choose on"
    known = group[validation.photos.truth]
    inside, others = (count(validation.photos.groups[side]) for side in (known, ~known))
    if min(inside, others) < POINT_MIN:
        return [], (
            f"the validation photos are of {inside} malignant and {others} other lesions or patients; a threshold needs"
            f" {POINT_MIN} of each"
        )
    ranked = ranking(known, scores_of(validation, group))
    rows = []
    for rule, choose in rules().items():
        threshold = choose(ranked)
        rows.append({"rule": rule, "threshold": round(threshold, 6) if np.isfinite(threshold) else None,
                     "validation": shares_at(known, ranked, threshold),
                     **at_threshold(positive, scores >= threshold, resampling)})  # fmt: skip
    return rows, ""


def shares_at(known: np.ndarray, ranked: Ranking, threshold: float) -> dict[str, float]:
    """Sensitivity and specificity of the validation photos at `threshold`."""
    at = int((ranked.thresholds >= threshold).sum()) - 1
    hits, alarms = (int(ranked.hits[at]), int(ranked.alarms[at])) if at >= 0 else (0, 0)
    return {"sensitivity": round(hits / ranked.positives, 6), "specificity": round(1 - alarms / ranked.others, 6)}


def at_threshold(positive: np.ndarray, called: np.ndarray, resampling: Resampling) -> dict[str, Any]:
    """Sensitivity, specificity and predictive values of calling `called` bool [N], with intervals."""
    found = {}
    for name, among, hit in (
        ("sensitivity", positive, called), ("specificity", ~positive, ~called),
        ("positive_predictive_value", called, positive), ("negative_predictive_value", ~called, ~positive),
    ):  # fmt: skip
        found[name] = share(hit, among, resampling)
    return found


def share(hit: np.ndarray, among: np.ndarray, resampling: Resampling) -> dict[str, Any]:
    """Share of hits among some photos with its interval, and how many photos those are."""
    value = float(hit[among].mean()) if among.any() else float("nan")
    drawn = resampling.of(lambda weights: {"x": weighted.mean_of(weights, hit, among)})["x"]
    interval = share_interval(value, drawn, resampling.groups[among], hit[among])
    return interval.to_json() | {"of": int(among.sum())}


def decision_curve(positive: np.ndarray, scores: np.ndarray, resampling: Resampling, *, band: bool) -> dict[str, Any]:
    """Net benefit of acting by the score, on everybody and on nobody, over threshold probabilities.

    "low" and "high" are empty where too few lesions or patients are there for a `band`.
    """
    called = scores[None, :] >= THRESHOLDS[:, None]
    odds = THRESHOLDS / (1 - THRESHOLDS)

    def benefit(weights: np.ndarray) -> dict[str, np.ndarray]:
        total = weights.sum(1, keepdims=True)
        hits, alarms = weights @ (called & positive).T.astype(float), weights @ (called & ~positive).T.astype(float)
        return {"model": (hits - alarms * odds) / total}

    limits = np.nanquantile(resampling.of(benefit)["model"], [0.025, 0.975], axis=0) if band else np.empty((2, 0))
    return {
        "thresholds": THRESHOLDS.tolist(),
        "model": rounded(curves.net_benefit(positive, scores, THRESHOLDS)),
        "low": rounded(limits[0]), "high": rounded(limits[1]),
        "all": rounded(curves.benefit_of_all(positive, THRESHOLDS)),
    }  # fmt: skip


def rounded(values: np.ndarray) -> list[float]:
    """Six digits are enough for a page."""
    return [round(float(value), 6) for value in values]
