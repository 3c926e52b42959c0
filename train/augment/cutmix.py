"""CutMix (Yun et al. 2019, arXiv 1905.04899): a piece of another photo, and as much of its label."""

from __future__ import annotations

import math

import torch


def cut_mix(images: torch.Tensor, chance: float) -> tuple[torch.Tensor, torch.Tensor, float]:
    """`images` [B, 3, S, S] with a piece of others of the batch, which others [B], and the share that is their own.

    Draws from torch's own generator, which the loop seeds for every epoch. With probability 1 - `chance` nothing is
    mixed and the share is 1.
    """
    draws = torch.rand(4, dtype=torch.float64).tolist()
    order = torch.randperm(len(images)).to(images.device)
    if draws[0] >= chance:
        return images, order, 1.0
    top, bottom, left, right = piece(images.shape[-1], *draws[1:])
    mixed = images.clone()
    mixed[..., top:bottom, left:right] = images[order][..., top:bottom, left:right]
    return mixed, order, 1.0 - (bottom - top) * (right - left) / images.shape[-1] ** 2


def piece(side_px: int, share: float, x: float, y: float) -> tuple[int, int, int, int]:
    """Top, bottom, left, right of a square of area 1 - `share` around (x, y) in 0..1, cut at the border (eq. 2)."""
    half = 0.5 * side_px * math.sqrt(1.0 - share)
    ends = [round(min(max(middle * side_px + reach, 0), side_px)) for middle in (y, x) for reach in (-half, half)]
    return ends[0], ends[1], ends[2], ends[3]
