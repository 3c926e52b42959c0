"""Intervals hold what they promise, also where photos come in groups."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluate import weighted
from train.evaluate.bootstrap import (
    Interval,
    Resampling,
    numbered,
    percentile_interval,
    share_interval,
    two_sided_p,
    wilson,
)  # fmt: skip


def grouped_shares(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """60 lesions of four photos each, all four right or all four wrong, right with 0.7: (right [240], groups)."""
    return np.repeat(rng.uniform(size=60) < 0.7, 4), np.repeat(np.arange(60), 4)


def covered(by_group: bool) -> float:
    """Share of 150 simulated sets whose interval of accuracy holds the true 0.7."""
    hits = 0
    for seed in range(150):
        right, groups = grouped_shares(np.random.default_rng(seed))
        units = groups if by_group else np.arange(len(right))
        replicates = Resampling(units, 300, seed).of(lambda w, right=right: {"a": weighted.mean_of(w, right)})["a"]
        found = percentile_interval(float(right.mean()), replicates)
        hits += (found.low or 0.0) <= 0.7 <= (found.high or 0.0)
    return hits / 150


def test_interval_covers_the_truth_when_whole_groups_are_drawn() -> None:
    # 95 % of 150 is 142.5 with a standard deviation of 2.7; the percentile interval of 60 groups is slightly short.
    assert 0.89 <= covered(by_group=True) <= 1.0


def test_interval_is_too_short_when_photos_of_one_lesion_count_as_independent() -> None:
    assert covered(by_group=False) < 0.80


def test_replicates_are_the_same_at_every_call_and_differ_by_seed() -> None:
    groups = np.array([0, 0, 1, 2])
    first, again = (np.concatenate(list(Resampling(groups, 50, 3).weights())) for _ in range(2))
    assert (first == again).all() and (first[:, 0] == first[:, 1]).all()
    assert (first[:, [0, 2, 3]].sum(1) == 3).all()
    assert (np.concatenate(list(Resampling(groups, 50, 4).weights())) != first).any()


def test_wilson_limits_are_those_of_the_textbook() -> None:
    # Newcombe 1998 (Stat Med 17:857-872), table I: 81 of 263 and 15 of 148.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_a_share_of_all_keeps_a_lower_limit() -> None:
    hit = np.ones(12, bool)
    found = share_interval(1.0, np.ones(100), np.arange(12), hit)
    # 1 / (1 + z^2 / 12)
    assert (found.method, found.high) == ("wilson", 1.0) and found.low == pytest.approx(0.7575, abs=1e-4)
    # Twelve photos of three lesions say what three say.
    assert share_interval(1.0, np.ones(100), np.arange(12) // 4, hit).low == pytest.approx(0.4385, abs=1e-4)


def test_an_interval_is_left_out_when_most_replicates_are_undefined() -> None:
    assert percentile_interval(0.5, np.array([0.4, np.nan, np.nan])) == Interval(0.5)
    assert percentile_interval(float("nan"), np.ones(3)) == Interval(None)


def test_p_is_worked_out_by_hand() -> None:
    # 1 of 19 replicates is not above 0: 2 * (1 + 1) / (19 + 1).
    assert two_sided_p(np.array([-1.0] + [1.0] * 18)) == pytest.approx(0.2)
    assert two_sided_p(np.zeros(9)) == 1.0
    assert two_sided_p(np.full(3, np.nan)) is None


def test_groups_are_numbered_by_name() -> None:
    assert numbered(["b", "a", "b"]).tolist() == [1, 0, 1]
