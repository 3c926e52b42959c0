"""Distillation, by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import label
from train.checkpoint import TrainedModel
from train.objectives.distil import Distil, soft_loss

CODES = ("nv", "mel")


class Brightness(nn.Module):
    """Logits (0, mean of the photo)."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        mean = images.mean((1, 2, 3))
        return torch.stack([torch.zeros_like(mean), mean], 1)


def teacher(*codes: str, side_px: int = 16) -> TrainedModel:
    return TrainedModel(
        module=Brightness(), arch="x", labels=tuple(label(code) for code in codes), sha256="", run_dir=None,
        splits=None, fit=FitRule(side_px=side_px, resize_px=side_px), mean=(0.0,) * 3, std=(0.5,) * 3,
        training_data="", licence="",
    )  # fmt: skip


def objective(trained: TrainedModel, share: float = 0.25) -> Distil:
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 256, 2))
    return Distil(model, functional.cross_entropy, trained, codes=CODES, mean=(0.5,) * 3, std=(0.25,) * 3,
                  temperature=2.0, share=share)  # fmt: skip


def test_soft_loss_is_the_divergence_at_the_temperature_times_its_square() -> None:
    # At T = 2 the teacher says 1/4 and 3/4, the student 1/2 each: KL = log(1/2) / 4 + 3 log(3/2) / 4.
    targets, logits = torch.tensor([[0.0, 2 * math.log(3)]]), torch.zeros(1, 2)
    expected = 4 * (math.log(0.5) / 4 + 3 * math.log(1.5) / 4)
    assert float(soft_loss(logits, targets, 2.0)) == pytest.approx(expected, abs=1e-6)
    assert float(soft_loss(targets, targets, 2.0)) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("codes", "places"), [(("nv", "mel"), (0, 1)), (("mel", "nv"), (1, 0))])
def test_teacher_sees_the_pixels_as_it_wants_them_and_answers_in_our_order(
    codes: tuple[str, ...], places: tuple[int, int]
) -> None:
    # Ours is (x - 0.5) / 0.25: 2 is the pixel 1.0, which is 2 to the teacher's x / 0.5.
    found = objective(teacher(*codes, side_px=20)).targets(torch.full((1, 3, 16, 16), 2.0))
    assert found[0].tolist() == pytest.approx([[0.0, 2.0][place] for place in places])


def test_step_mixes_both_losses_and_trains_the_student_alone() -> None:
    step = objective(teacher(*CODES)).train()
    images, labels = torch.randn(4, 3, 16, 16), torch.tensor([0, 1, 0, 1])
    out = step(images, labels)
    hard = functional.cross_entropy(out.logits, labels)
    soft = soft_loss(out.logits, step.targets(images), 2.0)
    assert float(out.loss.detach()) == pytest.approx(
        0.75 * float(hard.detach()) + 0.25 * float(soft.detach()), abs=1e-5
    )
    assert set(step.state_dict()) == {"model.1.weight", "model.1.bias"}
    assert float(step.eval()(images, labels).loss.detach()) == pytest.approx(float(hard.detach()), abs=1e-6)


def test_a_teacher_of_other_classes_is_refused() -> None:
    with pytest.raises(ConfigError, match="objective.teacher knows nv, bcc; the data have nv, mel: take a teacher"):
        objective(teacher("nv", "bcc"))
