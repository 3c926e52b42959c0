"""The hierarchical model: probabilities by hand, and attention that changes with the level."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
import torch

from train.models.create import build
from train.models.vgg16_cbam_lstm import Vgg16CbamLstm

PATHS = [["m", "mel"], ["m", "nv"], ["other", "ben", "bkl"], ["other", "ben", "df"], ["other", "bcc"]]


@pytest.fixture(scope="module")
def model() -> Vgg16CbamLstm:
    torch.manual_seed(0)
    made = build("vgg16_cbam_lstm", 5, structure={"paths": PATHS}).eval()
    assert isinstance(made, Vgg16CbamLstm)
    return made


@pytest.fixture
def cells() -> Callable[[int], torch.Tensor]:
    return lambda seed: torch.rand(2, 512, 2, 2, generator=torch.Generator().manual_seed(seed))


def test_decisions_are_softmaxes_among_siblings_and_add_up_to_class_probabilities(model, cells) -> None:
    with torch.no_grad():
        for level in model.levels:
            level.weight.zero_()
        # Level 1: m against other; level 2: mel, nv | ben, bcc; level 3: bkl, df.
        model.levels[0].bias.copy_(torch.tensor([math.log(3), 0.0]))
        model.levels[1].bias.copy_(torch.tensor([0.0, math.log(4), math.log(1.5), 0.0]))
        model.levels[2].bias.copy_(torch.tensor([0.0, 0.0]))
        decisions = [found[0].exp().tolist() for found in model.decisions(cells(0))]
        found = model.forward_head(cells(0))[0].exp()
    assert decisions[0] == pytest.approx([0.75, 0.75, 0.25, 0.25, 0.25])
    assert decisions[1] == pytest.approx([0.2, 0.8, 0.6, 0.6, 0.4])
    assert decisions[2] == pytest.approx([1.0, 1.0, 0.5, 0.5, 1.0])
    assert found.tolist() == pytest.approx([0.15, 0.6, 0.075, 0.075, 0.1])


def test_channel_and_place_weights_change_with_the_level(model, cells) -> None:
    with torch.no_grad():
        steps = model.steps(cells(1))
    assert [tuple(part.shape) for part in steps[0]] == [(2, 512), (2, 512), (2, 1, 2, 2)]
    assert len(steps) == 3
    for before, after in itertools.pairwise(steps):
        assert (before[1] - after[1]).abs().max() > 1e-3
        assert (before[2] - after[2]).abs().max() > 1e-4


def test_state_is_what_the_gates_let_through_of_what_is_new_and_what_is_kept(model) -> None:
    with torch.no_grad():
        model.gates.weight.zero_()
        # Gates by hand: take 1/2, keep 1/4 (sigmoid of -log 3), give 3/4, and nothing new but tanh(0.5).
        for k, value in enumerate((0.0, -math.log(3), math.log(3), 0.5)):
            model.gates.bias[512 * k : 512 * (k + 1)] = value
        state, memory = model.remembered(torch.zeros(1, 512), torch.zeros(1, 512), torch.full((1, 512), 2.0))
    assert memory[0, 0].item() == pytest.approx(0.25 * 2.0 + 0.5 * math.tanh(0.5), rel=1e-6)
    assert state[0, 0].item() == pytest.approx(0.75 * math.tanh(memory[0, 0].item()), rel=1e-6)


def test_looks_are_a_place_map_and_the_best_channel_of_each_level(model) -> None:
    with torch.no_grad():
        looks = model.looks(torch.randn(2, 3, 64, 64))
    assert [name for name, _ in looks] == [
        f"level {k}: {what}" for k in (1, 2, 3) for what in ("places", "best channel")
    ]
    assert all(maps.shape == (2, 2, 2) for _, maps in looks)
