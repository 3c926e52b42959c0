"""A student rounds where its sites say, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from edge_app.runtime.errors import ConversionError
from export.qat.rounding import RoundToRange, rounded_weight
from export.qat.sites import Site
from export.qat.student import Student
from export.quantize.ranges import Range


class Two(nn.Module):
    """Two linear maps, a ReLU between them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Linear(6, 8), nn.Linear(8, 3)

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": self.second(functional.relu(self.first(image)))}


RANGES = {"in": Range(-1.0, 1.0), "middle": Range(0.0, 2.0)}
IMAGES = torch.randn(5, 1, 6, generator=torch.Generator().manual_seed(1))


def student(network: Two) -> Student:
    """As a file would have it: weights transposed and in another order of sites, the last product in float."""
    first, second = (one.weight.detach().numpy() for one in (network.first, network.second))
    sites = [
        Site(weight=second, reads="middle", makes=None, rounds=False),
        Site(weight=first.T.astype(np.float16), reads="in", makes="middle", rounds=True),
    ]
    return Student(network, sites, RANGES)


def test_student_rounds_what_its_sites_name():
    network = Two()
    low, high, two = torch.tensor(-1.0), torch.tensor(1.0), torch.tensor(2.0)
    given = RoundToRange.apply(IMAGES[:, 0], low, high)
    made = functional.linear(given, rounded_weight(network.first.weight), network.first.bias)
    middle = RoundToRange.apply(made, torch.tensor(0.0), two)
    expected = network.second(functional.relu(middle))
    torch.testing.assert_close(student(network)(IMAGES), expected)


def test_ranges_and_weights_learn_and_the_given_network_does_not():
    network = Two()
    before = network.first.weight.detach().clone()
    learner = student(network)
    assert learner.ranges()["middle"].high == pytest.approx(2.0)
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.1)
    learner(IMAGES).square().sum().backward()
    optimizer.step()
    assert learner.ranges()["middle"].high != pytest.approx(2.0)
    assert learner.ranges()["middle"].low == 0.0
    assert not torch.equal(learner.learnt().first.weight, before)
    assert torch.equal(network.first.weight, before)


def test_student_is_refused_when_the_file_holds_other_weights():
    network = Two()
    site = Site(weight=2.0 * network.first.weight.detach().numpy(), reads="in", makes=None, rounds=True)
    with pytest.raises(ConversionError, match="none of the network's"):
        Student(network, [site], RANGES)
