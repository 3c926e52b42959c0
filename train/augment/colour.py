"""Brightness, contrast, saturation and hue jitter of a batch as one 3x3 matrix and one offset per photo.

The ranges are torchvision's ColorJitter. Here the order is fixed (torchvision draws it), values are clipped once at
the end, and hue turns in the YIQ plane instead of HSV.
"""

from __future__ import annotations

import math

import numpy as np
import torch

LUMA = (0.299, 0.587, 0.114)
RGB_TO_YIQ = ((0.299, 0.587, 0.114), (0.595716, -0.274453, -0.321263), (0.211456, -0.522591, 0.311135))


def draw_colours(
    rng: np.random.Generator, count: int, brightness: float, contrast: float, saturation: float, hue: float
) -> np.ndarray:
    """Factors float64 [N, 4]: brightness, contrast, saturation around 1, hue around 0 in turns."""
    reach = np.array([brightness, contrast, saturation, hue])
    centre = np.array([1.0, 1.0, 1.0, 0.0])
    return centre + rng.uniform(-1.0, 1.0, size=(count, 4)) * reach


def jitter(photos: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """`photos` float [B, 3, H, W] in 0..255 with `factors` [B, 4] applied, clipped to 0..255."""
    brightness, contrast, saturation, hue = factors.unbind(1)
    luma = torch.tensor(LUMA, device=photos.device)
    to_yiq = torch.tensor(RGB_TO_YIQ, device=photos.device)
    to_grey = luma.expand(3, 3)
    identity = torch.eye(3, device=photos.device)
    saturate = saturation[:, None, None] * identity + (1 - saturation)[:, None, None] * to_grey
    turn = torch.linalg.inv(to_yiq) @ hue_rotation(hue) @ to_yiq
    matrix = turn @ saturate * (brightness * contrast)[:, None, None]
    # The mean grey is untouched by saturation and hue, so contrast can be applied on both sides of them.
    mean_grey = (photos.mean(dim=(2, 3)) @ luma) * brightness
    offset = (1 - contrast) * mean_grey
    flat = photos.reshape(len(photos), 3, -1)
    return torch.baddbmm(offset[:, None, None], matrix, flat).reshape(photos.shape).clamp(0.0, 255.0)


def hue_rotation(turns: torch.Tensor) -> torch.Tensor:
    """Rotation by `turns` [B] of the I and Q axes, [B, 3, 3]; hue grows from red to yellow, against I and Q."""
    angle = turns * (2 * math.pi)
    cos, sin, zero, one = torch.cos(angle), torch.sin(angle), torch.zeros_like(angle), torch.ones_like(angle)
    rows = [torch.stack(row, 1) for row in ((one, zero, zero), (zero, cos, sin), (zero, -sin, cos))]
    return torch.stack(rows, 1)
