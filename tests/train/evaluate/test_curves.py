"""Curves, operating points and net benefit by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.evaluate import curves
from train.evaluate.curves import ranking

# Ranked by score: hit 0.9, miss 0.8, hit 0.7 and miss 0.7 together, miss 0.2, hit 0.1.
POSITIVE = np.array([True, False, True, False, False, True])
SCORES = np.array([0.9, 0.8, 0.7, 0.7, 0.2, 0.1])


def test_roc_and_precision_recall_are_worked_out_by_hand() -> None:
    ranked = ranking(POSITIVE, SCORES)
    third = 1 / 3
    expected = [[0, 0], [0, third], [third, third], [2 * third, 2 * third], [1, 2 * third], [1, 1]]
    assert curves.roc(ranked) == pytest.approx(np.array(expected))
    recalls_precisions = [[third, 1], [third, 1 / 2], [2 * third, 1 / 2], [2 * third, 2 / 5], [1, 1 / 2]]
    assert curves.precision_recall(ranked) == pytest.approx(np.array(recalls_precisions))


def test_operating_points_are_worked_out_by_hand() -> None:
    ranked = ranking(POSITIVE, SCORES)
    assert curves.threshold_for_specificity(ranked, 1.0) == 0.9
    assert curves.threshold_for_specificity(ranked, 0.6) == 0.8
    assert curves.threshold_for_specificity(ranked, 1 / 3) == 0.7
    assert curves.threshold_for_sensitivity(ranked, 0.5) == 0.7
    assert curves.threshold_for_sensitivity(ranked, 1.0) == 0.1
    assert curves.youden_threshold(ranked) == 0.9


def test_nothing_is_called_when_the_highest_score_is_a_false_alarm() -> None:
    ranked = ranking(np.array([False, True]), np.array([0.9, 0.1]))
    assert curves.threshold_for_specificity(ranked, 0.9) == float("inf")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=40), st.floats(0.01, 0.99))
def test_chosen_thresholds_keep_their_promise(rows: list[tuple[bool, int]], wanted: float) -> None:
    positive, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], float)
    if positive.all() or not positive.any():
        return
    ranked = ranking(positive, scores)
    low, high = curves.threshold_for_specificity(ranked, wanted), curves.threshold_for_sensitivity(ranked, wanted)
    assert (scores[~positive] < low).mean() >= wanted - 1e-9
    assert (scores[positive] >= high).mean() >= wanted - 1e-9
    # The next lower (higher) score would break it.
    below = scores[scores < low]
    assert not len(below) or (scores[~positive] < below.max()).mean() < wanted
    above = scores[scores > high]
    assert not len(above) or (scores[positive] >= above.min()).mean() < wanted


def test_net_benefit_is_worked_out_by_hand() -> None:
    # At 0.5 four are called, two rightly: 2/6 - 2/6 * 1. At 0.2 five, two rightly: 2/6 - 3/6 * 0.25.
    found = curves.net_benefit(POSITIVE, SCORES, np.array([0.5, 0.2]))
    assert found == pytest.approx([0.0, 2 / 6 - 3 / 6 * 0.25])
    assert curves.benefit_of_all(POSITIVE, np.array([0.5, 0.2])) == pytest.approx([0.0, 0.5 - 0.5 * 0.25])


def test_thinning_keeps_the_ends() -> None:
    points = np.stack([np.arange(1000.0), np.arange(1000.0)], axis=1)
    thin = curves.thinned(points, 50)
    assert len(thin) == 50 and thin[0, 0] == 0 and thin[-1, 0] == 999
