"""Crops, flips and rotation as one warp."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from train.augment.geometry import draw_crops, draw_turns, warp

PHOTO = torch.arange(64.0).reshape(1, 1, 8, 8).expand(1, 3, 8, 8)
WHOLE = torch.tensor([[0.5, 0.5, 1.0, 1.0]])


def turned(x: float, y: float, degrees: float) -> torch.Tensor:
    return torch.tensor([[x, y, math.radians(degrees)]])


def test_warp_gives_the_photo_back_when_nothing_is_drawn() -> None:
    assert torch.allclose(warp(PHOTO, WHOLE, turned(1, 1, 0), 8, "black"), PHOTO, atol=1e-4)


def test_warp_flips_when_a_sign_is_negative() -> None:
    assert torch.allclose(warp(PHOTO, WHOLE, turned(-1, 1, 0), 8, "black"), PHOTO.flip(3), atol=1e-4)
    assert torch.allclose(warp(PHOTO, WHOLE, turned(1, -1, 0), 8, "black"), PHOTO.flip(2), atol=1e-4)


def test_warp_turns_a_quarter_when_told_90_degrees() -> None:
    assert torch.allclose(warp(PHOTO, WHOLE, turned(1, 1, 90), 8, "black"), torch.rot90(PHOTO, 1, (2, 3)), atol=1e-3)


def test_warp_cuts_the_quarter_out_when_the_crop_is_a_quarter() -> None:
    crop = torch.tensor([[0.25, 0.75, 0.5, 0.5]])
    assert torch.allclose(warp(PHOTO, crop, turned(1, 1, 0), 4, "black"), PHOTO[:, :, 4:, :4], atol=1e-4)


@pytest.mark.parametrize(("corners", "value"), [("black", 0.0), ("photo", 9.0)])
def test_warp_fills_the_corners_as_told_when_rotated(corners: str, value: float) -> None:
    out = warp(torch.full((1, 3, 16, 16), 9.0), WHOLE, turned(1, 1, 45), 16, corners)
    assert out[0, 0, 0, 0].item() == pytest.approx(value, abs=1e-4)
    assert out[0, 0, 8, 8].item() == pytest.approx(9.0, abs=1e-4)


@pytest.mark.parametrize("aspect", [0.4, 1.0, 2.5])
def test_crops_keep_area_ratio_and_borders_when_drawn(aspect: float) -> None:
    crops = draw_crops(np.random.default_rng(0), np.full(500, aspect), (0.3, 0.4), (0.9, 1.1))
    x, y, width, height = crops.T
    assert np.all((x - width / 2 > -1e-9) & (x + width / 2 < 1 + 1e-9))
    assert np.all((y - height / 2 > -1e-9) & (y + height / 2 < 1 + 1e-9))
    area, shape = width * height, width / height * aspect
    assert 0.3 - 1e-9 < area.min() < 0.31
    assert 0.39 < area.max() < 0.4 + 1e-9
    assert 0.9 - 1e-9 < shape.min() < 0.92
    assert 1.08 < shape.max() < 1.1 + 1e-9


def test_crops_fall_back_to_the_central_square_when_no_crop_fits() -> None:
    crops = draw_crops(np.random.default_rng(0), np.full(5, 4.0), (0.9, 1.0), (1.0, 1.0))
    assert np.allclose(crops, [0.5, 0.5, 0.25, 1.0])


def test_turns_have_the_shares_and_range_of_the_recipe() -> None:
    turns = draw_turns(np.random.default_rng(0), 4000, 0.5, 0.2, 15.0)
    assert np.mean(turns[:, 0] < 0) == pytest.approx(0.5, abs=0.03)
    assert np.mean(turns[:, 1] < 0) == pytest.approx(0.2, abs=0.03)
    assert 14.5 < np.degrees(turns[:, 2]).max() <= 15.0
