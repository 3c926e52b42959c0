"""Folded norms get statistics: the answers stay, and training mode then agrees with them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from train.config import load_recipe
from train.data.pixels import WorkPixels
from train.fit import Start, give_norms
from train.models.folded_npz import plain_norm
from train.models.norm_statistics import bare_norms, give_statistics

EPS = 1.0


def folded(channels: int, eps: float = EPS) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels, eps=eps)
    bias = torch.linspace(-1, 1, channels)
    norm.load_state_dict({**{k.removeprefix("x."): v for k, v in plain_norm(norm, "x", bias).items()},
                          "num_batches_tracked": torch.tensor(0)})  # fmt: skip
    return norm


def test_statistics_are_those_of_the_photos_and_scale_and_bias_undo_them() -> None:
    # One channel with the values 1 and 5: mean 3, variance 4; with eps 1, s' = sqrt(5). Before: s = 1, w = 1, b = 0.5.
    norm = nn.BatchNorm2d(1, eps=1.0)
    with torch.no_grad():
        norm.bias.fill_(0.5)
        norm.running_var.fill_(0.0)
    images = torch.tensor([1.0, 5.0]).view(2, 1, 1, 1)
    assert give_statistics(norm, images, batch_size=1) == 1
    assert norm.running_mean.item() == 3.0
    assert norm.running_var.item() == 4.0
    assert norm.weight.item() == pytest.approx(5**0.5)
    assert norm.bias.item() == pytest.approx(3.5)
    assert norm.eval()(images).flatten().tolist() == pytest.approx([1.5, 5.5])


def test_answers_stay_and_training_mode_comes_close_to_them() -> None:
    torch.manual_seed(0)
    eps = 1e-3
    model = nn.Sequential(nn.Conv2d(3, 4, 3), folded(4, eps), nn.ReLU6(), nn.Conv2d(4, 5, 3), folded(5, eps)).eval()
    images = torch.randn(16, 3, 8, 8) * 3 + 1
    with torch.no_grad():
        before = model(images)
        assert give_statistics(model, images, batch_size=5) == 2
        assert (model.eval()(images) - before).abs().max() < 1e-4
        assert (model.train()(images) - before).abs().max() < 1e-2
    assert bare_norms(model) == []


def test_norms_with_statistics_and_fresh_ones_are_left_alone() -> None:
    fresh = nn.BatchNorm2d(2)
    assert bare_norms(nn.Sequential(fresh, folded(2))) != []
    assert bare_norms(fresh) == []
    assert give_statistics(fresh, torch.ones(2, 2, 1, 1)) == 0
    assert fresh.running_mean.tolist() == [0.0, 0.0]


def test_run_gives_them_before_training_and_not_when_it_goes_on() -> None:
    photos = np.random.default_rng(0).integers(0, 255, (6, 3, 40, 40), dtype=np.uint8)
    recipe = load_recipe("derm8_mobilenetv2", ["model.side_px=32", "model.resize_px=32"])
    for checkpoint, left in ((None, 0), ("last.ckpt", 1)):
        model = nn.Sequential(nn.Conv2d(3, 4, 3), folded(4))
        give_norms(Start(model, "", None, checkpoint), recipe, WorkPixels(photos, np.ones(6)))
        assert len(bare_norms(model)) == left
