"""The loss of several tasks, worked out by hand; what is not known counts nothing."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from train.objectives.multi_task import MultiTask, attribute_loss, part_loss
from train.sections import Tasks

LN2 = math.log(2)


class Answers(nn.Module):
    """A network that says the same of every photo."""

    names = ("logits", "body_part", "attributes")

    def answers(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        count = len(images)
        said = {
            "logits": torch.tensor([[LN2, 0.0]]).repeat(count, 1),
            "body_part": torch.zeros(count, 4),
            "attributes": torch.zeros(count, 2),
        }
        return {name: said[name] for name in self.names}


class DiseaseAlone(Answers):
    names = ("logits",)


def test_part_loss_is_the_mean_over_photos_whose_part_is_known() -> None:
    # Softmax of (log 3, 0) is 3/4 and 1/4: -log 3/4 and -log 1/4; the third photo's part is not known.
    logits = torch.tensor([[math.log(3), 0.0]] * 3)
    found = part_loss(logits, torch.tensor([0, 1, -1]))
    assert found.item() == pytest.approx(0.5 * (math.log(4 / 3) + math.log(4)), rel=1e-6)
    assert part_loss(logits, torch.tensor([-1, -1, -1])).item() == 0.0


def test_attribute_loss_is_the_mean_over_attributes_that_are_known() -> None:
    # sigmoid(log 3) is 3/4; attributes yes and no cost -log 3/4 and -log 1/4, unknown ones nothing.
    logits = torch.full((2, 2), math.log(3))
    found = attribute_loss(logits, torch.tensor([[1, 0], [-1, -1]]))
    assert found.item() == pytest.approx(0.5 * (math.log(4 / 3) + math.log(4)), rel=1e-6)


def test_loss_adds_the_weighted_tasks_to_the_disease() -> None:
    tasks = Tasks(body_part=True, attributes=("itch", "grew"), body_part_weight=0.5, attributes_weight=2.0)
    objective = MultiTask(Answers(), functional.cross_entropy, tasks=tasks, cutmix=0.0)
    out = objective(torch.zeros(2, 3, 8, 8), torch.tensor([0, 0]), torch.tensor([[3, 1, -1], [-1, 0, 1]]))
    # Disease: softmax of (log 2, 0) is 2/3. Part: one of four alike. Attributes: even odds.
    assert out.parts["disease"].item() == pytest.approx(math.log(1.5), rel=1e-6)
    assert out.parts["body part"].item() == pytest.approx(2 * LN2, rel=1e-6)
    assert out.parts["attributes"].item() == pytest.approx(LN2, rel=1e-6)
    assert out.loss.item() == pytest.approx(math.log(1.5) + 0.5 * 2 * LN2 + 2.0 * LN2, rel=1e-6)
    assert out.logits.shape == (2, 2)


def test_mixed_photos_are_answered_for_both_labels_by_their_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    order = torch.tensor([1, 0])
    monkeypatch.setattr("train.objectives.multi_task.cut_mix", lambda images, chance: (images, order, 0.75))
    objective = MultiTask(DiseaseAlone(), nn.CrossEntropyLoss(reduction="sum"), tasks=Tasks(), cutmix=1.0).train()
    out = objective(torch.zeros(2, 3, 8, 8), torch.tensor([0, 0]), torch.empty(2, 0, dtype=torch.int64))
    assert out.parts["disease"].item() == pytest.approx(2 * math.log(1.5), rel=1e-6)
    out = objective(torch.zeros(2, 3, 8, 8), torch.tensor([0, 1]), torch.empty(2, 0, dtype=torch.int64))
    # Whatever the share, one photo of each class costs log 3/2 + log 3.
    assert out.parts["disease"].item() == pytest.approx(math.log(1.5) + math.log(3), rel=1e-6)
