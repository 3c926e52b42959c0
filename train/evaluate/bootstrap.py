"""Intervals by resampling whole lesions or patients (Efron and Tibshirani 1993, ch. 13; Field and Welsh 2007).

Photos of one lesion or patient are no independent evidence, so whole groups are drawn: a group that is drawn twice
counts twice with all its photos. The interval is the 2.5 and 97.5 percentile of the figure over the replicates.

A share near 0 or 1, or one of few groups, is beyond resampling: 12 right of 12 gives 12 of 12 again and again, and an
interval without width. There Wilson's score interval on the number of groups stands in (Wilson 1927), and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np

LEVEL = 0.95
REPLICATES = 2000
# Below this many groups on either side of a share, resampling understates how little is known.
GROUPS_MIN = 10
CHUNK_CELLS = 4_000_000
# Why a figure has no limits: too few lesions or patients, or every replicate the same, as where all are right.
TOO_FEW, AT_LIMIT = "too few", "at its limit"


@dataclass(frozen=True)
class Interval:
    """A figure, its 95 % limits and how they were found: "bootstrap", "wilson", "tango".

    Without limits the method says why: TOO_FEW, AT_LIMIT, or "" where most replicates are undefined. All None where the
    figure is undefined.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object; figures with six digits."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {k: None if v is None else round(v, 6) for k, v in numbers.items()} | {"method": self.method}


@dataclass(frozen=True)
class Resampling:
    """Which group each photo is of (int [N], 0..G-1), how many replicates, from which seed."""

    groups: np.ndarray
    replicates: int = REPLICATES
    seed: int = 0

    def weights(self, step: int = 0) -> Iterator[np.ndarray]:
        """Weights float [r, N] of all replicates, `step` at a time; the same ones at every call."""
        step = step or max(1, CHUNK_CELLS // max(len(self.groups), 1))
        for start in range(0, len(self.drawn), step):
            yield self.drawn[start : start + step, self.groups].astype(float)

    @cached_property
    def drawn(self) -> np.ndarray:
        """How often each group is drawn in each replicate: int16 [R, G]; each row sums to G."""
        count = int(self.groups.max()) + 1 if len(self.groups) else 0
        if not count:
            return np.zeros((0, 0), np.int16)
        rng = np.random.default_rng([self.seed, 55])
        return rng.multinomial(count, np.full(count, 1.0 / count), size=self.replicates).astype(np.int16)

    def of(self, figures: Callable[[np.ndarray], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """All replicates of every figure, [R] or [R, K] by name; `figures` maps weights [r, N] to [r] or [r, K]."""
        parts = [figures(weights) for weights in self.weights()]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def numbered(groups: list[str]) -> np.ndarray:
    """Group names as numbers int [N] from 0."""
    return np.unique(groups, return_inverse=True)[1] if groups else np.zeros(0, int)


def percentile_interval(value: float, replicates: np.ndarray, level: float = LEVEL) -> Interval:
    """`value` with the percentile limits of its `replicates` [R].

    Without limits where most of those are undefined, and where all are alike: of a figure at its limit resampling
    knows nothing.
    """
    if np.isnan(value):
        return Interval(None)
    known = replicates[~np.isnan(replicates)]
    if 2 * len(known) < len(replicates) or not len(known):
        return Interval(value)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    if np.isclose(low, high, rtol=0, atol=1e-12):
        return Interval(value, method=AT_LIMIT)
    return Interval(value, float(low), float(high), "bootstrap")


def share_interval(
    value: float, replicates: np.ndarray, groups: np.ndarray, hit: np.ndarray, level: float = LEVEL
) -> Interval:
    """As `percentile_interval` for a share: of the photos counted, in `groups` int [n], those that `hit` bool [n].

    Wilson's interval on the number of groups where hits or misses come from fewer than ten of them.
    """
    if np.isnan(value):
        return Interval(None)
    sides = len(np.unique(groups[hit])), len(np.unique(groups[~hit]))
    if min(sides) >= GROUPS_MIN:
        return percentile_interval(value, replicates, level)
    low, high = wilson(value, len(np.unique(groups)), level)
    return Interval(value, low, high, "wilson")


def wilson(share: float, count: int, level: float = LEVEL) -> tuple[float, float]:
    """Score limits of a `share` seen in `count` independent trials (Wilson 1927, J Am Stat Assoc 22:209-212)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return max(0.0, float(centre - reach)), min(1.0, float(centre + reach))


def two_sided_p(differences: np.ndarray) -> float | None:
    """Twice the smaller share of replicates [R] on either side of 0 (Davison and Hinkley 1997, eq. 4.11), never 0."""
    known = differences[~np.isnan(differences)]
    if not len(known):
        return None
    tail = min((known <= 0).sum(), (known >= 0).sum())
    return float(min(1.0, 2 * (tail + 1) / (len(known) + 1)))
