"""A temperature undoes a known sharpening, and degenerate sets leave logits alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edge_app.runtime.errors import DataError
from train.evaluate.temperature import BOUNDS, PHOTOS_MIN, fit_temperature, negative_log_likelihood


def drawn(count: int, sharpening: float) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from softmax(z), and z times `sharpening`."""
    rng = np.random.default_rng(7)
    logits = rng.normal(0, 2, (count, 5))
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return logits * sharpening, labels


@pytest.mark.parametrize("sharpening", [0.5, 1.0, 3.0])
def test_fit_temperature_finds_the_sharpening_when_labels_follow_the_logits(sharpening):
    assert fit_temperature(*drawn(20_000, sharpening)) == pytest.approx(sharpening, rel=0.05)


def test_negative_log_likelihood_equals_log_3_when_three_logits_are_alike():
    assert negative_log_likelihood(np.zeros((4, 3)), np.array([0, 1, 2, 0])) == pytest.approx(1.0986123)


@pytest.mark.parametrize(
    ("logits", "labels"),
    [(np.zeros((0, 3)), np.zeros(0, int)), (np.ones((1, 3)), np.zeros(1, int)), (np.ones((5, 3)), np.zeros(5, int))],
)
def test_fit_temperature_is_one_when_nothing_can_be_told(logits, labels):
    assert fit_temperature(logits, labels) == 1.0


def test_fit_temperature_stays_in_bounds_when_every_answer_is_right():
    logits = np.tile(np.eye(4) * 3, (PHOTOS_MIN, 1))
    assert BOUNDS[0] <= fit_temperature(logits, np.tile(np.arange(4), PHOTOS_MIN)) < BOUNDS[0] * 1.5


def spoilt_by(count: int, sets: int = 60) -> float:
    """Share of `sets` of `count` photos whose fitted temperature makes 4000 others worse than none would."""
    logits, labels = drawn(4000 + sets * count, 1.3)
    others, plain = slice(sets * count, None), negative_log_likelihood(logits[sets * count :], labels[sets * count :])
    fits = [fit_temperature(logits[i : i + count], labels[i : i + count]) for i in range(0, sets * count, count)]
    return float(np.mean([negative_log_likelihood(logits[others] / t, labels[others]) > plain for t in fits]))


def test_fit_temperature_helps_from_the_least_number_of_photos_on():
    # Logits 1.3 times too large. Of 200 sets, measured: 0.47 at 10 photos, 0.18 at 50, 0.04 at 100.
    assert spoilt_by(PHOTOS_MIN) <= 0.08
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("train.evaluate.temperature.PHOTOS_MIN", 2)
        assert spoilt_by(PHOTOS_MIN // 5) >= 0.2
    assert fit_temperature(*drawn(PHOTOS_MIN - 1, 3.0)) == 1.0


def test_fit_temperature_refuses_in_one_line_when_logits_are_not_finite():
    with pytest.raises(DataError, match="not finite"):
        fit_temperature(np.array([[0.0, np.nan], [1.0, 0.0]]), np.array([0, 1]))


def test_fit_temperature_refuses_when_shapes_do_not_match():
    with pytest.raises(DataError, match="do not match"):
        fit_temperature(np.zeros((3, 2)), np.zeros(2, int))


@settings(deadline=None)
@given(hnp.arrays(np.float64, (PHOTOS_MIN, 3), elements=st.floats(-1e4, 1e4)), st.integers(0, 2))
def test_fit_temperature_is_finite_and_positive_when_logits_are_any(logits, label):
    found = fit_temperature(logits, np.full(PHOTOS_MIN, label))
    assert np.isfinite(found) and found > 0


def test_merged_classes_count_the_sum_of_their_members():
    # exp of the logits is 1, 2, 3; the label's class holds the last two: -log(5 / 6).
    logits = np.log(np.array([[1.0, 2.0, 3.0]]))
    assert negative_log_likelihood(logits, np.array([1]), np.array([0, 1, 1])) == pytest.approx(np.log(6 / 5))


def test_merging_nothing_changes_nothing():
    logits, labels = drawn(500, 2.0)
    assert fit_temperature(logits, labels, np.arange(5)) == pytest.approx(fit_temperature(logits, labels), rel=1e-6)
