"""How much faster: ratios of times that were taken in turns, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.errors import DataError

RESAMPLES = 2000
LEVEL = 95.0
# Of five rounds even the lowest and the highest miss the median that many would have in 1 of 16 cases (2 / 2**5).
LEAST_ROUNDS = 6
TOO_FEW = "too few rounds"


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A ratio with its 95 % interval; None where there were fewer than LEAST_ROUNDS rounds."""

    value: float
    rounds: int
    interval: tuple[float, float] | None

    def __str__(self) -> str:
        if self.interval is None:
            return f"{self.value:.3f} ({'one round' if self.rounds == 1 else f'{self.rounds} rounds'})"
        return f"{self.value:.3f} ({self.interval[0]:.3f} to {self.interval[1]:.3f})"


def paired_ratio(ms: Sequence[float], other_ms: Sequence[float], seed: int = 0) -> Ratio:
    """The median over rounds of ms / other_ms, with a percentile bootstrap over the rounds (Efron 1979).

    Element i of both is of round i, so what slowed that round slowed both. DataError unless they are as long.
    """
    if len(ms) != len(other_ms) or not ms:
        raise DataError(f"{len(ms)} rounds cannot be paired with {len(other_ms)}; take both from one run")
    ratios = np.asarray(ms, dtype=np.float64) / np.asarray(other_ms, dtype=np.float64)
    medians = np.median(resampled(ratios, np.random.default_rng(seed)), axis=1)
    return with_interval(float(np.median(ratios)), len(ratios), medians)


def unpaired_ratio(ms: Sequence[float], other_ms: Sequence[float], seed: int = 0) -> Ratio:
    """Median of ms over median of other_ms, each resampled by itself: for rounds of two runs."""
    if not ms or not other_ms:
        raise DataError("no rounds to compare; measure at least one round")
    rng = np.random.default_rng(seed)
    mine, other = (np.asarray(values, dtype=np.float64) for values in (ms, other_ms))
    medians = np.median(resampled(mine, rng), axis=1) / np.median(resampled(other, rng), axis=1)
    return with_interval(float(np.median(mine) / np.median(other)), min(len(mine), len(other)), medians)


def resampled(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """float64 [RESAMPLES, N]: N of `values` [N] drawn with replacement, again and again."""
    return np.asarray(values[rng.integers(0, len(values), size=(RESAMPLES, len(values)))])


def with_interval(value: float, rounds: int, resamples: np.ndarray) -> Ratio:
    """`value` between the percentiles of `resamples`, where there were rounds enough to resample."""
    low, high = np.percentile(resamples, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return Ratio(value=value, rounds=rounds, interval=(float(low), float(high)) if rounds >= LEAST_ROUNDS else None)
