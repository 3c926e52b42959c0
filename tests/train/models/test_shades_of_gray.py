"""Shades of Gray by hand, and its place in front of a network."""

from __future__ import annotations

import copy

import pytest
import torch

from train.models.create import build
from train.models.shades_of_gray import balanced

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
STRUCTURE = {"colour": "shades_of_gray", "mean": list(MEAN), "std": list(STD)}


def test_light_is_the_sixth_norm_of_each_channel_over_the_root_mean_square_of_all() -> None:
    # Half of red is dark, so its light is 0.4 * 0.5^(1/6); green's and blue's are 0.2.
    pixels = torch.tensor([[0.4, 0.0], [0.2, 0.2], [0.2, 0.2]]).view(1, 3, 1, 2)
    found = balanced(pixels)[0, :, 0]
    mean = ((0.16 * 0.5 ** (1 / 3) + 2 * 0.04) / 3) ** 0.5
    assert found[0].tolist() == pytest.approx([mean / 0.5 ** (1 / 6), 0.0], rel=1e-5)
    assert found[1].tolist() == pytest.approx([mean, mean], rel=1e-5)


def test_gray_photo_stays_as_bright_as_its_light_and_nothing_exceeds_1() -> None:
    gray = torch.full((1, 3, 2, 2), 0.3)
    assert balanced(gray).flatten().tolist() == pytest.approx([0.3] * 12, rel=1e-5)
    assert balanced(torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1)).max() <= 1.0
    assert torch.isfinite(balanced(torch.zeros(1, 3, 2, 2))).all()


def test_network_sees_the_evened_photo_under_the_names_of_the_plain_one() -> None:
    torch.manual_seed(0)
    plain = build("mobilenetv2_035", 3).eval()
    model = build("mobilenetv2_035", 3, structure=STRUCTURE).eval()
    model.load_state_dict(plain.state_dict())
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    pixels = torch.rand(2, 3, 64, 64) * torch.tensor([1.0, 0.6, 0.5]).view(1, 3, 1, 1)
    with torch.no_grad():
        expected = plain((balanced(pixels) - mean) / std)
        assert torch.allclose(model((pixels - mean) / std), expected, atol=1e-5)
        assert torch.allclose(copy.deepcopy(model)((pixels - mean) / std), expected, atol=1e-5)
        # A cast of the light is taken out.
        cast = pixels * torch.tensor([0.8, 1.0, 0.9]).view(1, 3, 1, 1)
        ratio = (model((cast - mean) / std) - expected).abs().max() / (
            plain((cast - mean) / std) - expected
        ).abs().max()
    assert ratio < 0.5
