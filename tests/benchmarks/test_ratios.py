from __future__ import annotations

import numpy as np
import pytest

from benchmarks.ratios import paired_ratio, unpaired_ratio
from edge_app.runtime.errors import DataError


def test_a_paired_ratio_does_not_see_what_slows_both() -> None:
    drift = np.linspace(1, 5, 9)
    found = paired_ratio(list(3 * drift), list(4 * drift))
    assert found.value == pytest.approx(0.75)
    assert found.interval == pytest.approx((0.75, 0.75))


def test_a_paired_ratio_is_the_median_of_the_rounds_between_their_extremes() -> None:
    found = paired_ratio([1.0, 1.0, 2.0, 2.0, 9.0, 9.0, 2.0], [2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 2.0])
    assert found.value == 1.0
    assert found.interval == (0.5, 3.0)
    assert str(found) == "1.000 (0.500 to 3.000)"


@pytest.mark.parametrize(("rounds", "said"), [(1, "0.500 (one round)"), (5, "0.500 (5 rounds)")])
def test_fewer_rounds_than_an_interval_takes_have_none(rounds: int, said: str) -> None:
    for found in (paired_ratio([1.0] * rounds, [2.0] * rounds), unpaired_ratio([1.0] * rounds, [2.0] * 20)):
        assert found.interval is None
        assert str(found) == said


def test_the_interval_narrows_with_more_rounds() -> None:
    rng = np.random.default_rng(3)
    few, many = (paired_ratio(list(rng.normal(10, 1, n)), list(rng.normal(10, 1, n))).interval for n in (8, 800))
    assert few is not None and many is not None
    assert many[1] - many[0] < (few[1] - few[0]) / 3


def test_two_intervals_of_one_seed_agree() -> None:
    ms, other = [1.0, 2.0, 4.0, 3.0, 2.0, 2.0], [2.0, 3.0, 3.0, 5.0, 1.0, 2.0]
    assert paired_ratio(ms, other, seed=5) == paired_ratio(ms, other, seed=5)


def test_an_unpaired_ratio_divides_the_medians() -> None:
    found = unpaired_ratio([2.0] * 6, [4.0] * 8)
    assert (found.value, found.rounds, found.interval) == (0.5, 6, (0.5, 0.5))


@pytest.mark.parametrize(("mine", "other"), [([], []), ([1.0], [1.0, 2.0])])
def test_rounds_that_cannot_be_paired_are_refused(mine: list[float], other: list[float]) -> None:
    with pytest.raises(DataError, match=f"{len(mine)} rounds cannot be paired with {len(other)}"):
        paired_ratio(mine, other)


def test_nothing_cannot_be_compared() -> None:
    with pytest.raises(DataError, match="no rounds to compare"):
        unpaired_ratio([], [1.0])
