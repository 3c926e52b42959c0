"""Accuracy under abstention by hand."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluate.coverage import accuracy_by_coverage, area_under_risk, threshold_for_coverage

RIGHT = np.array([True, False, True, True])
CERTAINTY = np.array([0.9, 0.5, 0.5, 0.7])


def test_accuracy_by_coverage_is_worked_out_by_hand() -> None:
    assert accuracy_by_coverage(RIGHT, CERTAINTY).tolist() == [[0.25, 1.0], [0.5, 1.0], [1.0, 0.75]]


def test_area_under_risk_is_worked_out_by_hand() -> None:
    # Risks 0, 0, 0.5 / 3 and 1 / 4: the tied pair has half an error each.
    assert area_under_risk(RIGHT, CERTAINTY) == pytest.approx((0.5 / 3 + 0.25) / 4)
    assert area_under_risk(RIGHT[[0, 2, 1, 3]], CERTAINTY) == area_under_risk(RIGHT, CERTAINTY)


def test_threshold_keeps_at_least_the_share_asked_for() -> None:
    for coverage in (0.25, 0.6, 0.9, 1.0):
        assert (threshold_for_coverage(CERTAINTY, coverage) <= CERTAINTY).mean() >= coverage
