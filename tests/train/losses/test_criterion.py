"""A batch's loss by hand: the two normalisations, class weights, curricula, logit adjustment."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from train.config import Recipe
from train.losses.criterion import Criterion

# -log softmax of the right class: log(1 + 1) = log 2 for the first photo, log(1 + e**-2) for the second.
LOGITS = torch.tensor([[0.0, 0.0], [0.0, 2.0]])
LABELS = torch.tensor([0, 1])
LOSSES = (math.log(2), math.log(1 + math.exp(-2)))
WEIGHTS = np.array([3.0, 0.5])
WEIGHTED_SUM = 3.0 * LOSSES[0] + 0.5 * LOSSES[1]
COUNTS = np.array([3, 1])


def criterion(weights: np.ndarray = WEIGHTS, **sections: dict[str, object]) -> Criterion:
    return Criterion(Recipe.model_validate(sections), weights, COUNTS)


@pytest.mark.parametrize(("normalise", "expected"), [("weights", WEIGHTED_SUM / 3.5), ("batch", WEIGHTED_SUM / 2)])
def test_loss_divides_by_weights_or_batch(normalise: str, expected: float) -> None:
    found = criterion(loss={"normalise": normalise})(LOGITS, LABELS)
    assert found.item() == pytest.approx(expected, rel=1e-6)


def test_loss_is_plain_cross_entropy_when_weights_are_1() -> None:
    for normalise in ("weights", "batch"):
        found = criterion(np.ones(2), loss={"normalise": normalise})(LOGITS, LABELS)
        assert found.item() == pytest.approx(sum(LOSSES) / 2, rel=1e-6)


@pytest.mark.parametrize(("kind", "kept"), [("self_paced", 1), ("hard", 0)])
def test_curriculum_counts_half_the_batch_at_first_and_divides_by_all_of_it(kind: str, kept: int) -> None:
    # M = 2, m = 1: the second photo is the easier one. Eq. 3 divides by M = 2, though one photo counts.
    loss = criterion(loss={"normalise": "batch"}, curriculum={"kind": kind}, fit={"epochs": 4})
    expected = (3.0 * LOSSES[0], 0.5 * LOSSES[1])[kept] / 2
    assert loss(LOGITS, LABELS).item() == pytest.approx(expected, rel=1e-6)
    loss.epoch = 2
    assert loss(LOGITS, LABELS).item() == pytest.approx(WEIGHTED_SUM / 2, rel=1e-6)
    loss.epoch = 0
    assert loss.eval()(LOGITS, LABELS).item() == pytest.approx(WEIGHTED_SUM / 2, rel=1e-6)


def test_logits_are_adjusted_by_log_shares_in_training_only() -> None:
    # Shares 3/4 and 1/4: logits 0, 0 become log 3/4 and log 1/4, so the first photo's loss is -log 3/4; the second's
    # logits differ by 2 + log 1/3, so its loss is log(1 + 3 e**-2).
    loss = criterion(np.ones(2), loss={"tau": 1.0, "normalise": "batch"})
    expected = (-math.log(0.75) + math.log(1 + 3 * math.exp(-2))) / 2
    assert loss(LOGITS, LABELS).item() == pytest.approx(expected, rel=1e-6)
    assert loss.eval()(LOGITS, LABELS).item() == pytest.approx(sum(LOSSES) / 2, rel=1e-6)
