"""Plain classification: one forward pass, one weighted cross-entropy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from train.losses.criterion import Criterion

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class StepOutput:
    """What the training loop knows of a step: a scalar `loss`, `logits` [B, K], and parts of the loss to log."""

    loss: torch.Tensor
    logits: torch.Tensor
    parts: dict[str, torch.Tensor] = field(default_factory=dict)


class Plain(nn.Module):
    """Logits of `model`, loss of the logits; a loss that is a module is in training when this is."""

    def __init__(self, model: nn.Module, loss: Loss) -> None:
        super().__init__()
        self.model = model
        self.loss = loss

    def begin_epoch(self, epoch: int) -> None:
        """Tell a loss that changes with the age of the model (a curriculum) that `epoch`, from 0, begins."""
        if isinstance(self.loss, Criterion):
            self.loss.epoch = epoch

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> StepOutput:
        """One step on normalised `images` [B, 3, S, S] with `labels` int64 [B]."""
        logits = self.model(images)
        return StepOutput(self.loss(logits, labels), logits)
