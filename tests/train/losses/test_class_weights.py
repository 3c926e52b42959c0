"""Weights of classes, by hand; the paper's own counts for what they come to."""

from __future__ import annotations

import numpy as np
import pytest

from train.losses.class_weights import weights_by

# Table 1 of the paper: nevus first, dermatofibroma third.
TABLE_1 = np.array([6741, 1119, 116, 331, 1101, 517, 143])


def test_class_balanced_is_n_by_n_of_the_class() -> None:
    # Eq. 7: 4 / 3 and 4 / 1.
    found = weights_by("class_balanced", np.array([3, 1]), beta=0.9, scale="formula")
    assert found.tolist() == pytest.approx([4 / 3, 4.0])


def test_effective_samples_take_beta_from_all_photos() -> None:
    # Eq. 8 with N = 4, beta = 3/4: (1/4) / (1 - 27/64) = 16/37, and (1/4) / (1/4) = 1.
    found = weights_by("effective_samples", np.array([3, 1]), beta=0.0, scale="formula")
    assert found.tolist() == pytest.approx([16 / 37, 1.0])


def test_effective_samples_are_milder_than_class_balanced_on_the_papers_counts() -> None:
    by_samples = weights_by("effective_samples", TABLE_1, beta=0.0, scale="formula")
    balanced = weights_by("class_balanced", TABLE_1, beta=0.0, scale="formula")
    # Dermatofibroma against nevus: 6741 / 116 = 58.1 under eq. 7; under eq. 8, N being 10068,
    # (1 - e**-0.6696) / (1 - e**-0.01152) = 42.6.
    assert balanced[2] / balanced[0] == pytest.approx(58.1, abs=0.05)
    assert by_samples[2] / by_samples[0] == pytest.approx(42.6, abs=0.1)


def test_scale_mean_1_keeps_ratios_and_makes_the_mean_1() -> None:
    found = weights_by("class_balanced", np.array([3, 1]), beta=0.0, scale="mean_1")
    assert found.tolist() == pytest.approx([0.5, 1.5])
    assert weights_by("none", np.array([3, 1]), beta=0.0, scale="mean_1").tolist() == [1.0, 1.0]
