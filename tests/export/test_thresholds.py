"""Abstention thresholds from validation answers."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.runtime.classifier import energy
from export.thresholds import abstention_thresholds


def logits_of(count: int, classes: int, lift: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, count)
    logits = rng.normal(0.0, 1.0, (count, classes))
    logits[np.arange(count), truth] += lift
    return logits, truth


@pytest.mark.parametrize("count", [100, 999])
def test_energy_keeps_95_percent_of_validation_photos(count: int) -> None:
    logits, truth = logits_of(count, 7, 3.0, 1)
    limit = abstention_thresholds(logits, truth).energy_max
    kept = np.mean([energy(row) <= limit for row in logits])
    assert 0.95 <= kept < 0.96 + 1 / count


@pytest.mark.parametrize(("classes", "floor"), [(14, 0.2), (7, 2 / 7), (4, 0.5)])
def test_floor_is_twice_guessing_between_its_limits_when_the_model_is_sure(classes: int, floor: float) -> None:
    logits, truth = logits_of(500, classes, 12.0, 2)
    assert abstention_thresholds(logits, truth).confidence_min == pytest.approx(floor)


def test_floor_withholds_at_most_one_right_answer_in_twenty_when_the_model_is_unsure() -> None:
    logits, truth = logits_of(2000, 4, 0.7, 3)
    floor = abstention_thresholds(logits, truth).confidence_min
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    best = (powers / powers.sum(axis=1, keepdims=True)).max(axis=1)
    right = logits.argmax(axis=1) == truth
    assert floor < 0.5
    assert np.mean(best[right] < floor) <= 0.05


def test_thresholds_exist_when_no_answer_is_right() -> None:
    logits, truth = logits_of(50, 3, 5.0, 4)
    assert abstention_thresholds(logits, (truth + 1) % 3).confidence_min == pytest.approx(0.5)
