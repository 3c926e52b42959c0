"""Colour jitter, by hand and beside torchvision."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as tv

from train.augment.colour import draw_colours, jitter

PHOTO = torch.tensor(np.random.default_rng(0).uniform(60, 190, (1, 3, 12, 12)), dtype=torch.float32)


def factors(brightness: float = 1, contrast: float = 1, saturation: float = 1, hue: float = 0) -> torch.Tensor:
    return torch.tensor([[brightness, contrast, saturation, hue]])


def test_jitter_changes_nothing_when_factors_are_neutral() -> None:
    assert torch.allclose(jitter(PHOTO, factors()), PHOTO, atol=1e-2)


@pytest.mark.parametrize("value", [0.9, 1.1])
def test_jitter_is_torchvisions_when_one_factor_changes(value: float) -> None:
    scaled = PHOTO / 255
    for name, theirs in (
        ("brightness", tv.adjust_brightness(scaled, value)),
        ("contrast", tv.adjust_contrast(scaled, value)),
        ("saturation", tv.adjust_saturation(scaled, value)),
    ):
        assert torch.allclose(jitter(PHOTO, factors(**{name: value})) / 255, theirs, atol=2e-3), name


def test_hue_keeps_grey_grey_and_turns_skin_towards_yellow() -> None:
    grey = torch.full((1, 3, 2, 2), 100.0)
    assert torch.allclose(jitter(grey, factors(hue=0.05)), grey, atol=0.1)
    skin = torch.tensor([190.0, 150.0, 130.0]).view(1, 3, 1, 1)
    ours, theirs = jitter(skin, factors(hue=0.05)).flatten(), tv.adjust_hue(skin / 255, 0.05).flatten() * 255
    assert torch.allclose(ours, theirs, atol=16)
    assert ours[1] > 151


def test_jitter_clips_when_it_gets_too_bright() -> None:
    assert jitter(torch.full((1, 3, 2, 2), 250.0), factors(brightness=1.1)).max().item() == 255.0


def test_draws_stay_in_range() -> None:
    drawn = draw_colours(np.random.default_rng(0), 2000, 0.1, 0.2, 0.3, 0.05)
    reach = np.abs(drawn - [1, 1, 1, 0]).max(axis=0)
    assert np.all(reach <= [0.1, 0.2, 0.3, 0.05])
    assert np.all(reach > [0.098, 0.196, 0.294, 0.049])
