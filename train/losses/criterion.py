"""A recipe's loss of one batch: of each photo, what its class counts, whether it counts yet, divided once."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from train.config import Recipe
from train.curricula.choose import CURRICULA
from train.curricula.pace import kept_of
from train.losses.focal import focal
from train.losses.logit_adjustment import offsets
from train.together import ratio


class Criterion(nn.Module):
    """Loss of `logits` [B, K] for `labels` int64 [B], a scalar; `epoch`, from 0, is for the loop to set.

    1/M sum_j w_j l_j ("How Important Is Each Dermoscopy Image?", eq. 3), w_j being the class's weight times the
    curriculum's 0 or 1; `loss.normalise` "weights" divides by the sum of the weights instead of M. Curricula and logit
    adjustment are for training: in eval mode every photo counts and logits stay as they are.
    """

    def __init__(self, recipe: Recipe, weights: np.ndarray, counts: np.ndarray) -> None:
        super().__init__()
        self.recipe, self.epoch = recipe, 0
        self.register_buffer("by_class", torch.tensor(weights, dtype=torch.float32), persistent=False)
        self.register_buffer("offsets", offsets(counts, recipe.loss.tau), persistent=False)

    def forward(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The loss of one batch."""
        if self.training and self.recipe.loss.tau:
            logits = logits.float() + self.offsets
        losses = focal(logits, labels, self.recipe.loss.focal_gamma)
        return self.divided(losses, self.by_class[labels], labels)

    def divided(self, losses: torch.Tensor, weights: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The weighted sum of `losses` [B] over M or over the sum of `weights` [B]."""
        counted = weights * self.chosen(losses.detach(), labels)
        if self.recipe.loss.normalise == "weights":
            return ratio((counted * losses).sum(), counted.sum())
        return ratio((counted * losses).sum(), torch.tensor(float(len(labels)), device=losses.device))

    def chosen(self, losses: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """1 for each photo that counts in this epoch, else 0: float32 [B]."""
        curriculum = self.recipe.curriculum
        if curriculum.kind == "none" or not self.training:
            return torch.ones_like(losses)
        kept = kept_of(len(labels), self.epoch, epochs=self.recipe.fit.epochs, full_from=curriculum.full_from)
        return CURRICULA[curriculum.kind](losses, labels, kept)
