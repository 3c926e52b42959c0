"""What an epoch draws."""

from __future__ import annotations

import numpy as np
import pytest

from train.samplers import plain, sqrt


def test_class_probabilities_are_3_to_1_when_counts_are_9_to_1() -> None:
    assert sqrt.class_probabilities(np.array([9, 1]), 0.5).tolist() == pytest.approx([0.75, 0.25])
    assert sqrt.class_probabilities(np.array([9, 1]), 1.0).tolist() == pytest.approx([0.9, 0.1])
    assert sqrt.class_probabilities(np.array([9, 0, 1]), 0.0).tolist() == pytest.approx([0.5, 0.0, 0.5])


def test_sample_probabilities_share_a_class_evenly() -> None:
    assert sqrt.sample_probabilities(np.array([0, 0, 0, 0, 1]), 0.5).tolist() == pytest.approx([1 / 6] * 4 + [1 / 3])


def test_sqrt_epoch_is_half_again_as_long_and_has_the_shares_of_the_formula() -> None:
    labels = np.repeat([0, 1], [9000, 1000])
    drawn = sqrt.draw_epoch(labels, alpha=0.5, multiplier=1.5, rng=np.random.default_rng(0))
    assert len(drawn) == 15000
    assert np.mean(labels[drawn] == 0) == pytest.approx(0.75, abs=0.02)


def test_plain_epoch_draws_each_sample_once_per_round() -> None:
    drawn = plain.draw_epoch(np.zeros(10, int), multiplier=2.5, rng=np.random.default_rng(0))
    assert len(drawn) == 25
    assert sorted(drawn[:10]) == sorted(drawn[10:20]) == list(range(10))
    assert len(set(drawn[20:])) == 5
