"""Whole batches distorted as drawn, on any device."""

from __future__ import annotations

import torch

from train.augment.auto_augment import auto_augment
from train.augment.colour import jitter
from train.augment.elastic import deform
from train.augment.geometry import warp
from train.data.batches import TrainBatch
from train.sections import Augment


def distorted(batch: TrainBatch, side_px: int, config: Augment) -> torch.Tensor:
    """The batch's photos cropped, turned and coloured as drawn: float [B, 3, S, S] in 0..255."""
    warped = warp(batch.photos.float(), batch.crops, batch.turns, side_px, config.corners)
    if batch.fields.shape[-1]:
        warped = deform(warped, batch.fields)
    if batch.policies.shape[-1]:
        warped = auto_augment(warped, batch.policies)
    return jitter(warped, batch.colours)
