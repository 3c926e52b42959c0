"""The loop: it learns, it goes on where it was interrupted, two runs with one seed agree."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from torch import nn

from edge_app.runtime.errors import ConfigError, ConversionError
from export.qat import training
from export.qat.lessons import Lessons, recipe_of
from export.qat.sites import Site
from export.qat.student import Student
from export.quantize.ranges import Range
from train.checkpoint import TrainedModel
from train.config import Recipe

BATCHES, SIDE_PX = 5, 4


class Small(nn.Module):
    """A convolution and a head over photos `[1, S, S, 3]`."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 3)

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        x = torch.relu(self.conv(image.permute(0, 3, 1, 2) / 255.0 - 0.5))
        return {"logits": self.head(x.mean((2, 3)))}


class Epoch:
    """Batches that depend on the epoch and the number alone."""

    def __init__(self, epoch: int) -> None:
        self.number = epoch

    def __len__(self) -> int:
        return BATCHES

    def batch(self, number: int) -> int:
        return 100 * self.number + number


class Stand:
    """Lessons from the float network itself; `stop` interrupts at that batch, `broken` answers with no numbers."""

    def __init__(self, stop: int = -1, broken: bool = False) -> None:
        self.teacher, self.stop, self.broken = Small().eval(), stop, broken

    def epoch(self, number: int) -> Epoch:
        return Epoch(number)

    def lesson(self, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        if batch == self.stop:
            raise KeyboardInterrupt
        planes = 255.0 * torch.rand(8, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(batch))
        with torch.no_grad():
            answers = self.teacher(planes.permute(0, 2, 3, 1))["logits"]
        return planes, answers * float("nan") if self.broken else answers


def student() -> Student:
    network = Small().eval()
    weights = [one.weight.detach().numpy() for one in (network.conv, network.head)]
    sites = [
        Site(weight=weights[0], reads="photo", makes="map", rounds=True),
        Site(weight=weights[1], reads="pooled", makes=None, rounds=True),
    ]
    return Student(network, sites, {"photo": Range(-0.5, 0.5), "map": Range(-0.1, 0.2), "pooled": Range(0.0, 0.2)})


def lessons(stand: Stand) -> Lessons:
    return cast(Lessons, stand)


def error_of(learner: Student) -> float:
    planes, wanted = Stand().lesson(999)
    with torch.no_grad():
        return float(training.divergence(learner(planes.permute(0, 2, 3, 1)[:, None]), wanted))


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "KEEP_EVERY", 2)
    monkeypatch.setattr(training, "RANGE_RATE", 0.1)
    monkeypatch.setattr(training, "LEARNING_RATE", 0.05)


def test_student_comes_closer_to_its_teacher(tmp_path: Path) -> None:
    learner = student()
    before = error_of(learner)
    training.taught(learner, lessons(Stand()), 6, tmp_path / "kept.pt", lambda line: None)
    assert error_of(learner) < 0.5 * before


def test_interrupted_training_goes_on_and_ends_like_one_that_was_not(tmp_path: Path) -> None:
    whole, first, second = student(), student(), student()
    training.taught(whole, lessons(Stand()), 2, tmp_path / "whole.pt", lambda line: None)
    with pytest.raises(KeyboardInterrupt):
        training.taught(first, lessons(Stand(stop=102)), 2, tmp_path / "cut.pt", lambda line: None)
    training.taught(second, lessons(Stand(stop=0)), 2, tmp_path / "cut.pt", lambda line: None)
    for name, value in whole.state_dict().items():
        assert torch.equal(second.state_dict()[name], value), name


def test_ranges_stay_when_the_first_part_is_over(tmp_path: Path) -> None:
    learner = student()
    optimizer = torch.optim.SGD([{"params": list(learner.parameters()), "lr": 1.0, "peak": 1.0}])
    before = learner.factors.detach().clone()
    training.taught_once(learner, optimizer, Stand().lesson(1), 0.6)
    assert torch.equal(learner.factors.detach(), before)
    training.taught_once(learner, optimizer, Stand().lesson(1), 0.4)
    assert not torch.equal(learner.factors.detach(), before)


def test_training_ends_when_the_loss_is_no_number(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="no finite number"):
        training.taught(student(), lessons(Stand(broken=True)), 1, tmp_path / "kept.pt", lambda line: None)


def test_divergence_is_that_of_two_coins() -> None:
    # 0.5 ln(0.5 / 0.75) + 0.5 ln(0.5 / 0.25) = 0.1438 nats.
    found = training.divergence(torch.log(torch.tensor([[0.75, 0.25]])), torch.log(torch.tensor([[0.5, 0.5]])))
    np.testing.assert_allclose(float(found), 0.14384, atol=1e-4)


@pytest.mark.parametrize(
    ("provenance", "splits", "what"), [({}, {"splits": {}}, "recipe"), ({"recipe": {}}, None, "lists of photos")]
)
def test_a_checkpoint_without_photos_or_recipe_is_refused(provenance, splits, what) -> None:
    trained = SimpleNamespace(provenance=provenance, splits=splits)
    with pytest.raises(ConfigError, match=f"has no {what}"):
        recipe_of(cast(TrainedModel, trained))


@pytest.mark.parametrize(("wanted", "given"), [(8, 8), (128, 32)])
def test_batches_are_the_runs_own_where_they_fit_here(wanted: int, given: int) -> None:
    lessons = Lessons(cast("TrainedModel", None), 1.0, 0)
    recipe = Recipe.model_validate({"fit": {"batch_size": wanted}})
    lessons.__dict__.update(recipe=recipe, photos=(SimpleNamespace(aspects=np.ones(40)), np.arange(40) % 2))
    assert lessons.epoch(0).batch_size == given
