"""What a student learns from: the run's own training photos, changed as in training, and the float model's answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from edge_app.runtime.errors import ConfigError
from train.augment.distort import distorted
from train.checkpoint import TrainedModel
from train.config import Recipe, validated
from train.data.batches import EpochBatches, TrainBatch
from train.data.pixels import WorkPixels, decode_for_training, work_side_px
from train.data.run_spec import run_split
from train.run_data import labels_of

SPLIT = "train"
# Rates of export.qat.training were found with so many; a batch that fits a GPU need not fit the machine that exports.
BATCH_MAX = 32


@dataclass(frozen=True)
class Lessons:
    """Photos of the run of `trained`, drawn by its own recipe; the same ones for the same `seed`.

    The teacher is the float model, its logits divided by `temperature` like those of the exported files.
    """

    trained: TrainedModel
    temperature: float
    seed: int

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that the checkpoint was trained by."""
        return recipe_of(self.trained)

    @cached_property
    def photos(self) -> tuple[WorkPixels, np.ndarray]:
        """Decoded training photos and their labels [N]."""
        dataset, rule = run_split(SPLIT, self.trained, None), self.trained.fit
        side_px = work_side_px(rule.side_px, self.recipe.augment.scale[0])
        return decode_for_training(dataset.samples, rule, side_px), labels_of(dataset.samples)

    def epoch(self, number: int) -> EpochBatches:
        """The batches of one epoch."""
        pixels, labels = self.photos
        recipe = self.recipe
        return EpochBatches(
            pixels, labels, sampler=recipe.sampler, augment=recipe.augment,
            batch_size=min(recipe.fit.batch_size, BATCH_MAX), seed=self.seed, epoch=number,
        )  # fmt: skip

    def lesson(self, batch: TrainBatch) -> tuple[Tensor, Tensor]:
        """Planes [B, 3, S, S] in 0..255, and the teacher's logits [B, K]."""
        planes = distorted(batch, self.trained.fit.side_px, self.recipe.augment)
        mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (self.trained.mean, self.trained.std))
        with torch.no_grad():
            answers: Tensor = self.trained.module((planes / 255.0 - mean) / std) / self.temperature
        return planes, answers


def recipe_of(trained: TrainedModel) -> Recipe:
    """The recipe in the checkpoint; ConfigError where there is none, or no list of training photos."""
    stored: dict[str, Any] | None = trained.provenance.get("recipe")
    if stored is None or trained.splits is None:
        wanting = "recipe" if stored is None else "lists of photos"
        raise ConfigError(
            f"--qat-epochs needs a run's own training photos and augmentation, and the checkpoint has no {wanting};"
            " name a checkpoint that `train` wrote, or leave --qat-epochs out"
        )
    return validated(stored, "the checkpoint's recipe")
