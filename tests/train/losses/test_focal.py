"""Focal loss, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from train.losses.focal import focal

# Odds of 3 to 1 for and against: p = 0.75 and p = 0.25.
LOGITS = torch.tensor([[math.log(3.0), 0.0], [math.log(3.0), 0.0]])
LABELS = torch.tensor([0, 1])


def test_focal_is_a_sixteenth_of_cross_entropy_when_p_is_three_quarters_and_gamma_2() -> None:
    # (1 - 0.75)**2 = 1/16 and (1 - 0.25)**2 = 9/16 (eq. 6).
    found = focal(LOGITS, LABELS, 2.0).tolist()
    assert found == pytest.approx([-math.log(0.75) / 16, -math.log(0.25) * 9 / 16], rel=1e-6)


def test_focal_is_cross_entropy_when_gamma_is_0() -> None:
    assert focal(LOGITS, LABELS, 0.0).tolist() == pytest.approx([-math.log(0.75), -math.log(0.25)], rel=1e-6)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_gradient_is_finite_when_the_answer_is_certain(gamma: float) -> None:
    logits = torch.tensor([[200.0, 0.0]], requires_grad=True)
    focal(logits, torch.tensor([0]), gamma).sum().backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
