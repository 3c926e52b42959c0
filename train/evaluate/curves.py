"""ROC and precision-recall curves, operating points, net benefit: pure functions of scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

POINTS_MAX = 160


@dataclass(frozen=True)
class Ranking:
    """Photos found as positive at each distinct score, highest first.

    `thresholds` [T]: a photo is called positive when its score is at least that. `hits`, `alarms` [T]: how many of the
    positives and of the others are, then.
    """

    thresholds: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray
    positives: int
    others: int


def ranking(positive: np.ndarray, scores: np.ndarray) -> Ranking:
    """The Ranking of `positive` bool [N] by `scores` [N]."""
    order = np.argsort(-scores, kind="stable")
    ranked, truth = scores[order], positive[order].astype(int)
    last = np.flatnonzero(np.concatenate([ranked[1:] != ranked[:-1], [True]])) if len(ranked) else np.zeros(0, int)
    hits = np.cumsum(truth)[last]
    return Ranking(ranked[last], hits, last + 1 - hits, int(positive.sum()), int((~positive).sum()))


def roc(ranked: Ranking) -> np.ndarray:
    """Points (1 - specificity, sensitivity) from (0, 0) to (1, 1): float [T + 1, 2]."""
    x, y = ranked.alarms / max(ranked.others, 1), ranked.hits / max(ranked.positives, 1)
    return np.vstack([[0.0, 0.0], np.stack([x, y], axis=1)])


def precision_recall(ranked: Ranking) -> np.ndarray:
    """Points (recall, precision), recall rising: float [T, 2]."""
    return np.stack([ranked.hits / max(ranked.positives, 1), ranked.hits / (ranked.hits + ranked.alarms)], axis=1)


def thinned(points: np.ndarray, most: int = POINTS_MAX) -> np.ndarray:
    """At most `most` of the points of a curve, its ends among them."""
    if len(points) <= most:
        return points
    return points[np.unique(np.linspace(0, len(points) - 1, most).round().astype(int))]


def threshold_for_specificity(ranked: Ranking, specificity: float) -> float:
    """The lowest threshold whose specificity is at least that: the most sensitive one allowed.

    Infinity (nothing is called positive) where even the highest score raises too many alarms.
    """
    allowed = np.flatnonzero(ranked.alarms <= (1.0 - specificity) * ranked.others + 1e-9)
    return float(ranked.thresholds[allowed[-1]]) if len(allowed) else float("inf")


def threshold_for_sensitivity(ranked: Ranking, sensitivity: float) -> float:
    """The highest threshold whose sensitivity is at least that: the most specific one allowed."""
    enough = np.flatnonzero(ranked.hits >= sensitivity * ranked.positives - 1e-9)
    return float(ranked.thresholds[enough[0]])


def youden_threshold(ranked: Ranking) -> float:
    """The threshold with the largest sensitivity + specificity - 1 (Youden 1950); the highest of several."""
    index = ranked.hits / max(ranked.positives, 1) - ranked.alarms / max(ranked.others, 1)
    return float(ranked.thresholds[int(np.argmax(index))])


def net_benefit(positive: np.ndarray, scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Net benefit [T] of acting on scores >= t: TP / n - FP / n * t / (1 - t) (Vickers and Elkin 2006).

    Its unit is found positives per photo, less the unneeded actions at the rate that `t` says one is worth.
    """
    called = scores[None, :] >= thresholds[:, None]
    hits, alarms = (called & positive).mean(1), (called & ~positive).mean(1)
    return np.asarray(hits - alarms * thresholds / (1.0 - thresholds))


def benefit_of_all(positive: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Net benefit [T] of acting on every photo."""
    share = positive.mean()
    return np.asarray(share - (1.0 - share) * thresholds / (1.0 - thresholds))
