"""Pass, fail or inconclusive, from the answers of the float model and of the exported file. Pure functions of arrays.

fail          in a class or tier more than one photo is lost on balance and the drop exceeds its tolerance, or
              accuracy drops by more than its own;
pass          every upper bound is within tolerance;
inconclusive  neither: the photos do not settle it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np

from edge_app.runtime.labels import Label
from export.gate.bound import drop_upper_bound
from export.gate.statistics import design_effect, effective, mcnemar_p, photos_needed
from export.gate.tolerances import Tolerances, tiers_of

# Drops are fractions of counts: two of a hundred must not count as more than 0.02 by rounding.
ROUNDING = 1e-9
# Photos that a class or tier may lose on balance whatever its tolerance.
FORGIVEN = 1


class Verdict(StrEnum):
    """What the gate says."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One class, tier or the whole set: photos right before and after, and what that proves.

    `lost` were right before and wrong after, `gained` the other way round. `clusters` counts lesions or patients,
    `effect` is their design effect.
    """

    name: str
    support: int
    clusters: int
    right_float: int
    right_exported: int
    lost: int
    gained: int
    effect: float
    drop: float
    drop_upper_95: float
    tolerance: float
    verdict: Verdict
    mcnemar_p: float

    @cached_property
    def needed(self) -> int | None:
        """Photos more that would settle it; None: no number would, at these rates."""
        return photos_needed(self.lost, self.gained, self.support, self.tolerance, self.effect)

    @property
    def rate_float(self) -> float:
        """Share of photos that the float model answers right; 0 without photos."""
        return self.right_float / self.support if self.support else 0.0

    @property
    def rate_exported(self) -> float:
        """Share of photos that the exported file answers right; 0 without photos."""
        return self.right_exported / self.support if self.support else 0.0


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The verdict with the rows it follows from; `classes` in the model's order, `tiers` most urgent first."""

    verdict: Verdict
    accuracy: Row
    classes: tuple[Row, ...]
    tiers: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row."""
        return (self.accuracy, *self.classes, *self.tiers)

    @property
    def worst(self) -> Row:
        """The class with the largest drop."""
        return max(self.classes, key=lambda row: row.drop)


def judge(
    truth: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    clusters: np.ndarray,
    labels: Sequence[Label],
    tolerances: Tolerances,
) -> Judgement:
    """Judge answers `before` (float model) and `after` (exported file), label indices int [N], against `truth`.

    `clusters` [N] names each photo's lesion or patient. A class is right when the answer is it; a tier is right when
    the answer is of the same tier: what matters there is that something urgent still is called urgent.
    """
    tiers = tiers_of(labels)
    tier_of = np.array([tiers.index(label.tier) for label in labels], dtype=int)

    def row(name: str, chosen: np.ndarray, right: tuple[np.ndarray, np.ndarray], tolerance: float) -> Row:
        return compare(name, right[0][chosen], right[1][chosen], clusters[chosen], tolerance)

    exact = before == truth, after == truth
    same_tier = tier_of[before] == tier_of[truth], tier_of[after] == tier_of[truth]
    everything = np.ones(len(truth), dtype=bool)
    accuracy = row("accuracy", everything, exact, tolerances.accuracy)
    classes = tuple(
        row(label.code, truth == k, exact, tolerances.of_class(label.code)) for k, label in enumerate(labels)
    )
    by_tier = tuple(
        row(tier.value, tier_of[truth] == k, same_tier, tolerances.of_tier(tier.value)) for k, tier in enumerate(tiers)
    )
    accuracy = strict_on_accuracy(accuracy)
    verdict = combine(row.verdict for row in (accuracy, *classes, *by_tier))
    return Judgement(verdict=verdict, accuracy=accuracy, classes=classes, tiers=by_tier)


def compare(name: str, before: np.ndarray, after: np.ndarray, clusters: np.ndarray, tolerance: float) -> Row:
    """One row from whether each of its photos was right `before` and `after`, bool [n]."""
    differences = before.astype(int) - after.astype(int)
    n, lost, gained = len(before), int(np.sum(differences > 0)), int(np.sum(differences < 0))
    effect = design_effect(differences, clusters)
    drop = (lost - gained) / n if n else 0.0
    bound = drop_upper_bound(effective(lost, effect), effective(gained, effect), effective(n, effect))
    return Row(
        name=name,
        support=n,
        clusters=len(np.unique(clusters)),
        right_float=int(np.sum(before)),
        right_exported=int(np.sum(after)),
        lost=lost,
        gained=gained,
        effect=effect,
        drop=drop,
        drop_upper_95=bound,
        tolerance=tolerance,
        verdict=verdict_of(lost - gained, n, bound, tolerance),
        mcnemar_p=mcnemar_p(lost, gained),
    )


def verdict_of(balance: int, photos: int, bound: float, tolerance: float) -> Verdict:
    """The verdict of a class or tier of `photos` that lost `balance` more of them than it gained."""
    if exceeds(balance, photos, tolerance):
        return Verdict.FAIL
    return Verdict.PASS if bound <= tolerance else Verdict.INCONCLUSIVE


def exceeds(balance: Any, photos: Any, tolerance: float, *, forgiven: int = FORGIVEN) -> Any:
    """Whether `balance` photos lost of `photos`, numbers or arrays of them, are too many."""
    return (balance > forgiven) & (balance > (tolerance + ROUNDING) * photos)


def strict_on_accuracy(row: Row) -> Row:
    """Accuracy has no allowance of one photo: any drop beyond its tolerance fails."""
    if not exceeds(row.lost - row.gained, row.support, row.tolerance, forgiven=0):
        return row
    return replace(row, verdict=Verdict.FAIL)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """One failure fails, all must pass to pass."""
    found = set(verdicts)
    if Verdict.FAIL in found:
        return Verdict.FAIL
    return Verdict.PASS if found == {Verdict.PASS} else Verdict.INCONCLUSIVE
