"""One decision after another ("How Important Is Each Dermoscopy Image?", eq. 10)."""

from __future__ import annotations

import torch
from torch import nn

from train.losses.criterion import Criterion
from train.objectives.plain import Plain, StepOutput


class Hierarchical(Plain):
    """A photo's loss is the sum of its levels' losses, each eq. 5 or 6 of the probability under the true parent.

    Weights and curricula are those of the diagnosis. With cross-entropy this is the cross-entropy of the diagnosis.
    """

    def __init__(self, model: nn.Module, loss: Criterion) -> None:
        super().__init__(model, loss)
        self.criterion = loss

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> StepOutput:
        """One step on normalised `images` [B, 3, S, S] with `labels` int64 [B]."""
        decisions = torch.stack(self.model.decisions(self.model.forward_features(images)))
        losses = level_losses(decisions[:, torch.arange(len(labels)), labels], self.criterion.recipe.loss.focal_gamma)
        total = self.criterion.divided(losses.sum(0), self.criterion.by_class[labels], labels)
        parts = {f"level {level + 1}": part.detach() for level, part in enumerate(losses.mean(1))}
        return StepOutput(total, decisions.sum(0), parts)


def level_losses(logs: torch.Tensor, gamma: float) -> torch.Tensor:
    """-(1 - p)^gamma log p of `logs` = log p [L, B]; a path that has ended (p = 1) costs nothing."""
    return -((1.0 - logs.exp()).clamp_min(0.0) ** gamma) * logs if gamma else -logs
