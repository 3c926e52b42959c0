"""The loss of a chain of decisions (eq. 10), worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from train.config import Recipe
from train.losses.criterion import Criterion
from train.objectives.hierarchical import Hierarchical, level_losses
from train.sections import Curriculum, Fit, Loss

# Two photos of classes 0 and 1: level 1 says 1/2 and 1/4 of the truth, level 2 says 1/2, and nothing to decide.
LEVELS = [torch.log(torch.tensor([[0.5, 0.5], [0.75, 0.25]])), torch.log(torch.tensor([[0.5, 0.5], [1.0, 1.0]]))]


class Decides(nn.Module):
    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return images

    def decisions(self, cells: torch.Tensor) -> list[torch.Tensor]:
        return LEVELS


def objective(**loss: object) -> Hierarchical:
    recipe = Recipe(loss=Loss(normalise="batch", **loss), curriculum=Curriculum(kind="hard"), fit=Fit(epochs=10))  # type: ignore[arg-type]
    return Hierarchical(Decides(), Criterion(recipe, np.array([1.0, 3.0]), np.array([3, 1])))


def test_loss_of_a_level_is_the_focal_loss_of_its_probability_and_nothing_where_none_is_left() -> None:
    logs = torch.log(torch.tensor([[0.5, 0.25], [0.5, 1.0]]))
    assert level_losses(logs, 0.0).sum(0).tolist() == pytest.approx([2 * math.log(2), math.log(4)])
    # (1 - 1/2) log 2 twice; (1 - 1/4) log 4.
    assert level_losses(logs, 1.0).sum(0).tolist() == pytest.approx([math.log(2), 0.75 * math.log(4)])


def test_photos_are_weighted_by_their_diagnosis_and_divided_by_the_batch() -> None:
    out = objective().eval()(torch.zeros(2, 1), torch.tensor([0, 1]))
    assert out.loss.item() == pytest.approx(0.5 * (2 * math.log(2) + 3 * math.log(4)), rel=1e-6)
    assert out.logits.exp()[0].tolist() == pytest.approx([0.25, 0.25])
    assert out.parts["level 1"].item() == pytest.approx(0.5 * (math.log(2) + math.log(4)), rel=1e-6)


def test_curriculum_ranks_photos_by_the_sum_of_their_levels() -> None:
    hard = objective(kind="focal", gamma=1.0).train()
    # m is 1 of 2: the second costs 0.75 log 4, the first log 2, so the second alone counts.
    out = hard(torch.zeros(2, 1), torch.tensor([0, 1]))
    assert out.loss.item() == pytest.approx(0.5 * 3 * 0.75 * math.log(4), rel=1e-6)
