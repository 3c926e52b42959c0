"""Random resized crop, flips and rotation as one affine warp of the whole photo.

The order and ranges are torchvision's RandomResizedCrop, flips, RandomRotation; one bilinear sampling instead of two.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.nn import functional

CROP_ATTEMPTS = 10


def draw_crops(
    rng: np.random.Generator, aspects: np.ndarray, scale: tuple[float, float], ratio: tuple[float, float]
) -> np.ndarray:
    """Crops of photos with width / height `aspects` [N]: float64 [N, 4] = centre x, y, width, height, each 0..1.

    As RandomResizedCrop: area uniform in `scale`, log of width / height uniform in log `ratio`, ten attempts, then
    the largest central crop with a ratio in range.
    """
    count = len(aspects)
    area = rng.uniform(*scale, size=(CROP_ATTEMPTS, count))
    shape = np.exp(rng.uniform(math.log(ratio[0]), math.log(ratio[1]), size=(CROP_ATTEMPTS, count)))
    width, height = np.sqrt(area * shape / aspects), np.sqrt(area * aspects / shape)
    fits = (width <= 1.0) & (height <= 1.0)
    first = np.argmax(fits, axis=0)
    column = np.arange(count)
    fallback_shape = np.clip(aspects, *ratio)
    fallback = np.minimum(fallback_shape / aspects, 1.0), np.minimum(aspects / fallback_shape, 1.0)
    found = fits.any(axis=0)
    width = np.where(found, width[first, column], fallback[0])
    height = np.where(found, height[first, column], fallback[1])
    place = rng.uniform(size=(2, count))
    centre_x = np.where(found, width / 2 + place[0] * (1 - width), 0.5)
    centre_y = np.where(found, height / 2 + place[1] * (1 - height), 0.5)
    return np.stack([centre_x, centre_y, width, height], axis=1)


def draw_turns(
    rng: np.random.Generator, count: int, flip_horizontal: float, flip_vertical: float, rotation_degrees: float
) -> np.ndarray:
    """Flips and rotations: float64 [N, 3] = sign of x, sign of y, angle in radians."""
    flips = rng.uniform(size=(2, count)) < np.array([[flip_horizontal], [flip_vertical]])
    angle = np.radians(rng.uniform(-rotation_degrees, rotation_degrees, size=count))
    return np.stack([np.where(flips[0], -1.0, 1.0), np.where(flips[1], -1.0, 1.0), angle], axis=1)


def warp(photos: torch.Tensor, crops: torch.Tensor, turns: torch.Tensor, side_px: int, corners: str) -> torch.Tensor:
    """`photos` float [B, 3, W, W] -> [B, 3, S, S]: crop, flip, then rotate about the centre.

    `corners` says what the rotation uncovers: "black" (as torchvision) or "photo" (what lies beyond the crop).
    """
    cos, sin, zero = torch.cos(turns[:, 2]), torch.sin(turns[:, 2]), torch.zeros_like(turns[:, 2])
    rotation = torch.stack([torch.stack([cos, -sin, zero], 1), torch.stack([sin, cos, zero], 1)], 1)
    size = [len(photos), photos.shape[1], side_px, side_px]
    grid = functional.affine_grid(rotation, size, align_corners=False)
    inside = (grid.abs() <= 1.0).all(dim=3)
    scale = (crops[:, 2:] * turns[:, :2])[:, None, None, :]
    shift = (2.0 * crops[:, :2] - 1.0)[:, None, None, :]
    padding = "border" if corners == "black" else "reflection"
    warped = functional.grid_sample(photos, grid * scale + shift, padding_mode=padding, align_corners=False)
    return warped * inside[:, None] if corners == "black" else warped
