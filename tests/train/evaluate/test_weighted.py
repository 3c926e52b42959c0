"""Figures of many weightings: by hand, beside scikit-learn, and as if photos were repeated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from train.evaluate import metrics, weighted

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 4, 240)
# Rounded, so that scores tie.
PROBABILITIES = np.round(metrics.softmax(RNG.normal(size=(240, 4)) + 1.2 * np.eye(4)[TRUTH]), 2)
ONES = np.ones((1, 240))


def test_one_row_of_ones_gives_the_figures_of_a_run() -> None:
    found = weighted.overall(ONES, TRUTH, PROBABILITIES)
    expected = metrics.figures(TRUTH, np.log(PROBABILITIES + 1e-12), ["a", "b", "c", "d"])
    for name in ("accuracy", "balanced_accuracy", "weighted_f1", "macro_f1", "mcc"):
        assert found[name][0] == pytest.approx(expected[name]), name
    assert found["macro_auc"][0] == pytest.approx(metrics.mean_auc(metrics.aucs(TRUTH, PROBABILITIES), np.ones(4)))
    assert found["ece"][0] == pytest.approx(metrics.expected_calibration_error(TRUTH, PROBABILITIES))


def test_figures_equal_scikit_learn_when_photos_have_weights() -> None:
    weights = RNG.integers(0, 4, (1, 240)).astype(float)
    found, answers = weighted.overall(weights, TRUTH, PROBABILITIES), PROBABILITIES.argmax(1)
    given_weights = {"sample_weight": weights[0]}
    assert found["mcc"][0] == pytest.approx(sk.matthews_corrcoef(TRUTH, answers, **given_weights))
    assert found["macro_f1"][0] == pytest.approx(sk.f1_score(TRUTH, answers, average="macro", **given_weights))
    each = [(k == TRUTH, PROBABILITIES[:, k]) for k in range(4)]
    assert found["macro_auc"][0] == pytest.approx(np.mean([sk.roc_auc_score(*pair, **given_weights) for pair in each]))
    precision = np.mean([sk.average_precision_score(*pair, **given_weights) for pair in each])
    assert found["macro_average_precision"][0] == pytest.approx(precision)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.randoms(use_true_random=False))
def test_a_weight_is_a_repetition(counts: list[int], random: object) -> None:
    counts[0] = max(counts[0], 1)
    rng = np.random.default_rng(sum(counts))
    truth, probabilities = rng.integers(0, 3, 12), np.round(rng.dirichlet(np.ones(3), 12), 1)
    repeated = np.repeat(np.arange(12), counts)
    heavy = weighted.overall(np.array([counts], float), truth, probabilities)
    long = weighted.overall(np.ones((1, len(repeated))), truth[repeated], probabilities[repeated])
    for name, values in heavy.items():
        assert values[0] == pytest.approx(long[name][0], nan_ok=True), name


def test_class_figures_are_worked_out_by_hand() -> None:
    # Truth a a a b b c; answers a a b b a a.
    truth, answers = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 0])
    found = weighted.by_class(np.ones((1, 6)), truth, np.eye(3)[answers])
    assert found["recall"][0] == pytest.approx([2 / 3, 1 / 2, 0])
    assert found["precision"][0] == pytest.approx([2 / 4, 1 / 2, np.nan], nan_ok=True)
    assert found["specificity"][0] == pytest.approx([1 / 3, 3 / 4, 1])
    assert found["f1"][0] == pytest.approx([4 / 7, 1 / 2, 0])


def test_average_precision_is_worked_out_by_hand() -> None:
    # Ranked: hit, miss, hit. Precision 1 at recall 1/2, 2/3 at recall 1.
    found = weighted.average_precisions(np.ones((1, 3)), np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
    assert found[0] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_calibration_error_and_brier_are_worked_out_by_hand() -> None:
    # Confidence 0.8 twice with one right, and 0.6 once and right, as in test_metrics.
    probabilities = np.array([[0.8, 0.2], [0.8, 0.2], [0.4, 0.6]])
    found = weighted.overall(np.ones((1, 3)), np.array([0, 1, 1]), probabilities)
    assert found["ece"][0] == pytest.approx((2 * 0.3 + 0.4) / 3)
    assert found["brier"][0] == pytest.approx((0.08 + 1.28 + 0.32) / 3)


def test_figures_are_nan_where_a_row_leaves_them_undefined() -> None:
    positive, scores = np.array([True, False]), np.array([0.7, 0.2])
    found = weighted.aucs(np.array([[1.0, 1.0], [0.0, 2.0]]), positive, scores)
    assert found[0] == 1.0 and np.isnan(found[1])
    assert np.isnan(weighted.aucs(np.ones((2, 0)), np.zeros(0, bool), np.zeros(0))).all()
