"""Figures by hand and beside scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from train.evaluate import metrics

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 4, 300)
LOGITS = RNG.normal(size=(300, 4)) + 1.2 * np.eye(4)[LABELS]
CODES = ["a", "b", "c", "d"]


def test_figures_equal_scikit_learn() -> None:
    found = metrics.figures(LABELS, LOGITS, CODES)
    predicted, probabilities = LOGITS.argmax(1), metrics.softmax(LOGITS)
    expected = {
        "accuracy": sk.accuracy_score(LABELS, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(LABELS, predicted),
        "weighted_f1": sk.f1_score(LABELS, predicted, average="weighted"),
        "macro_f1": sk.f1_score(LABELS, predicted, average="macro"),
        "weighted_auc": sk.roc_auc_score(LABELS, probabilities, multi_class="ovr", average="weighted"),
        "macro_auc": sk.roc_auc_score(LABELS, probabilities, multi_class="ovr", average="macro"),
        "mcc": sk.matthews_corrcoef(LABELS, predicted),
        "negative_log_likelihood": sk.log_loss(LABELS, probabilities),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    rows = sk.precision_recall_fscore_support(LABELS, predicted)
    for k, name in enumerate(("precision", "recall", "f1", "support")):
        assert [row[name] for row in found["classes"]] == pytest.approx(rows[k].tolist())
    assert found["confusion"] == sk.confusion_matrix(LABELS, predicted).tolist()


def test_auc_is_none_and_left_out_of_the_mean_when_a_class_is_absent() -> None:
    labels = np.array([0, 0, 1, 1])
    found = metrics.figures(labels, np.array([[3.0, 0, 0], [0, 3, 0], [0, 2, 0], [1, 3, 0]]), ["a", "b", "c"])
    assert [row["auc"] for row in found["classes"]] == [0.5, 0.5, None]
    assert (found["macro_auc"], found["weighted_auc"]) == (0.5, 0.5)
    assert found["balanced_accuracy"] == 0.75


def test_auc_is_none_when_there_is_one_class() -> None:
    found = metrics.figures(np.array([1, 1]), np.array([[0.0, 1], [1, 0]]), ["a", "b"])
    assert (found["macro_auc"], found["weighted_auc"], found["mcc"]) == (None, None, 0.0)


def test_auc_counts_ties_as_half() -> None:
    assert metrics.class_auc(np.array([True, False, False]), np.array([1.0, 1.0, 0.0])) == 0.75


def test_calibration_error_is_worked_out_by_hand() -> None:
    # Confidence 0.8 twice with one right, and 0.6 once and right: (2 * |0.5 - 0.8| + 1 * |1 - 0.6|) / 3.
    probabilities = np.array([[0.8, 0.2], [0.8, 0.2], [0.4, 0.6]])
    error = metrics.expected_calibration_error(np.array([0, 1, 1]), probabilities)
    assert error == pytest.approx((2 * 0.3 + 0.4) / 3)


def test_matthews_correlation_is_worked_out_by_hand() -> None:
    # 3 true and 1 false positives, 2 true and no false negatives: (3 * 2 - 1 * 0) / sqrt(4 * 3 * 3 * 2).
    found = metrics.matthews(np.array([[2, 1], [0, 3]]))
    assert found == pytest.approx(6 / 72**0.5)
