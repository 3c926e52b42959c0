"""Batches of one epoch, drawn from (seed, epoch) alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from train.augment.draw import draw
from train.config import Augment, Sampler
from train.data.pixels import WorkPixels
from train.samplers import plain, sqrt


class TrainBatch(NamedTuple):
    """Undistorted photos uint8 [B, 3, W, W], labels [B], and how to distort each (augment.draw)."""

    photos: torch.Tensor
    labels: torch.Tensor
    crops: torch.Tensor
    turns: torch.Tensor
    colours: torch.Tensor


class FitBatch(NamedTuple):
    """Photos fitted as on the phone, uint8 [B, 3, S, S], and labels [B]."""

    photos: torch.Tensor
    labels: torch.Tensor


class EpochBatches:
    """One epoch of training batches; a last batch of one sample is dropped, since batch norm cannot use it."""

    def __init__(
        self, pixels: WorkPixels, labels: np.ndarray, *, sampler: Sampler, augment: Augment, batch_size: int,
        seed: int, epoch: int,
    ) -> None:  # fmt: skip
        rng = np.random.default_rng([seed, epoch])
        self.pixels, self.labels, self.batch_size = pixels, labels, batch_size
        self.indices = draw_indices(labels, sampler, rng)
        self.draws = draw(rng, pixels.aspects[self.indices], augment)

    def __len__(self) -> int:
        return batches_in(len(self.indices), self.batch_size)

    def __iter__(self) -> Iterator[TrainBatch]:
        for number in range(len(self)):
            part = slice(number * self.batch_size, (number + 1) * self.batch_size)
            chosen = self.indices[part]
            drawn = (self.draws.crops[part], self.draws.turns[part], self.draws.colours[part])
            yield TrainBatch(
                torch.from_numpy(self.pixels.photos[chosen]), torch.from_numpy(self.labels[chosen]),
                *(torch.from_numpy(values) for values in drawn),
            )  # fmt: skip


class FitBatches:
    """Fitted photos in order."""

    def __init__(self, photos: np.ndarray, labels: np.ndarray, batch_size: int) -> None:
        self.photos, self.labels, self.batch_size = photos, labels, batch_size

    def __len__(self) -> int:
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self) -> Iterator[FitBatch]:
        for start in range(0, len(self.labels), self.batch_size):
            part = slice(start, start + self.batch_size)
            yield FitBatch(torch.from_numpy(self.photos[part]), torch.from_numpy(self.labels[part]))


def batches_in(count: int, batch_size: int) -> int:
    """Batches of an epoch of `count` draws."""
    return count // batch_size + (count % batch_size > 1)


def draw_indices(labels: np.ndarray, config: Sampler, rng: np.random.Generator) -> np.ndarray:
    """Indices of one epoch as the recipe's sampler draws them."""
    if config.kind == "sqrt":
        return sqrt.draw_epoch(labels, alpha=config.alpha, multiplier=config.epoch_multiplier, rng=rng)
    return plain.draw_epoch(labels, multiplier=config.epoch_multiplier, rng=rng)
