"""timm networks of every kind with every loss, sampler, curriculum and BatchFormer: two steps each."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
import torch
from torch import nn

from train.config import Recipe, load_recipe
from train.curricula.choose import CURRICULA
from train.data.batches import draw_indices
from train.losses.class_weights import WEIGHTINGS
from train.losses.criterion import Criterion
from train.models.create import build
from train.models.linear_head import check_linear_head
from train.objectives.batch_former import BatchFormer
from train.objectives.plain import Plain
from train.optimizer import optimizer_of
from train.run_data import weights_of

# Residual, inverted, layer norms, linear attention, attention over channels, attention alone, a hidden layer.
BACKBONES = {
    "resnet10t": 32, "mobilenetv3_small_050": 32, "convnext_atto": 32, "efficientvit_b0": 32, "edgenext_xx_small": 64,
    "test_vit": 160, "lcnet_035+fc16": 32,
}  # fmt: skip
COUNTS = np.array([6, 3, 3])
BATCH = 6
LOSSES = [
    {"loss.kind": kind, "loss.weighting": weighting, "loss.tau": tau}
    for kind in ("cross_entropy", "focal") for weighting in WEIGHTINGS for tau in (0.0, 1.0)
]  # fmt: skip
REST = [
    {"sampler.kind": sampler, "curriculum.kind": curriculum, "objective.kind": objective}
    for sampler in ("plain", "sqrt") for curriculum in ("none", *CURRICULA) for objective in ("plain", "batch_former")
]  # fmt: skip


def recipes(arch: str, side_px: int, turn: int) -> list[Recipe]:
    """Each loss once and each of the rest once, paired anew in every `turn`."""
    shared = {"model.arch": arch, "model.side_px": side_px, "fit.epochs": 2, "fit.batch_size": BATCH,
              "schedule.warmup_epochs": 0, "loss.normalise": "batch", "objective.heads": 1}  # fmt: skip
    found = []
    for k, loss in enumerate(LOSSES):
        settings = {**shared, **loss, **REST[(5 * k + 3 * turn) % len(REST)]}
        found.append(load_recipe("demo_phantom", [f"{key}={json.dumps(value)}" for key, value in settings.items()]))
    return found


def objective_of(model: nn.Module, recipe: Recipe) -> Plain:
    loss = Criterion(recipe, weights_of(recipe, COUNTS), COUNTS)
    return (
        BatchFormer(model, loss, heads=1, dropout=0.0)
        if recipe.objective.kind == "batch_former"
        else Plain(model, loss)
    )


def test_every_loss_meets_every_sampler_curriculum_and_objective() -> None:
    every = [recipe for turn, (arch, side) in enumerate(BACKBONES.items()) for recipe in recipes(arch, side, turn)]
    met = {(r.loss.kind, r.loss.weighting, r.sampler.kind, r.curriculum.kind, r.objective.kind) for r in every}
    for axes in ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)):
        seen = {tuple(case[axis] for axis in axes) for case in met}
        assert seen == set(itertools.product(*({case[axis] for case in met} for axis in axes)))
    assert {len({case[axis] for case in met}) for axis in (1, 3)} == {len(WEIGHTINGS), len(CURRICULA) + 1}


@pytest.mark.slow
@pytest.mark.parametrize("arch", BACKBONES)
def test_backbone_learns_under_every_loss_sampler_curriculum_and_with_batch_former(arch: str) -> None:
    torch.manual_seed(0)
    side_px, labels = BACKBONES[arch], torch.from_numpy(np.repeat(np.arange(3), COUNTS))
    model, images = build(arch, 3), torch.rand(len(labels), 3, side_px, side_px)
    check_linear_head(model, arch, side_px, "this test")
    for recipe in recipes(arch, side_px, list(BACKBONES).index(arch)):
        objective = objective_of(model, recipe).train()
        optimizer = optimizer_of(objective.parameters(), recipe.optimizer)
        first = next(model.parameters())
        for epoch in range(2):
            before = first.detach().clone()
            objective.begin_epoch(epoch)
            drawn = draw_indices(labels.numpy(), recipe.sampler, np.random.default_rng(epoch))[:BATCH]
            step = objective(images[drawn], labels[drawn])
            assert step.logits.shape == (BATCH, 3)
            optimizer.zero_grad()
            step.loss.backward()
            optimizer.step()
            assert torch.isfinite(step.loss)
            assert not torch.equal(first, before)
