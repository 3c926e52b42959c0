"""Distillation: the answers of a trained network as soft targets (Hinton, Vinyals and Dean 2015, arXiv 1503.02531)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from edge_app.runtime.errors import ConfigError
from train.checkpoint import TrainedModel
from train.objectives.plain import Loss, Plain, StepOutput


def soft_loss(logits: torch.Tensor, targets: torch.Tensor, temperature: float) -> torch.Tensor:
    """T^2 KL(p || q) averaged over the batch, a scalar: q is the softmax of `logits` / T, p that of `targets` / T.

    Both are [B, K]. T^2 makes up for gradients that shrink by 1 / T^2 (section 2 there).
    """
    student = functional.log_softmax(logits.float() / temperature, dim=1)
    teacher = functional.log_softmax(targets.float() / temperature, dim=1)
    return temperature**2 * functional.kl_div(student, teacher, reduction="batchmean", log_target=True)


class Distil(Plain):
    """(1 - share) times the recipe's loss plus share times `soft_loss` against `teacher`; in eval mode this is `Plain`.

    The teacher sees the very pixels that the student sees, normalised and sized as it wants them. It is no part of the
    run's checkpoints. ConfigError where it does not know exactly the classes `codes`, in whatever order.
    """

    def __init__(
        self, model: nn.Module, loss: Loss, teacher: TrainedModel, *, codes: Sequence[str], mean: Sequence[float],
        std: Sequence[float], temperature: float, share: float,
    ) -> None:  # fmt: skip
        super().__init__(model, loss)
        known = [label.code for label in teacher.labels]
        if sorted(known) != sorted(codes):
            raise ConfigError(
                f"objective.teacher knows {', '.join(known)}; the data have {', '.join(codes)}: take a teacher of the "
                "same classes"
            )
        self.temperature, self.share, self.side_px = temperature, share, teacher.fit.side_px
        self.places = [known.index(code) for code in codes]
        # In a tuple, so that it is no part of this module's state.
        self.teacher = (teacher.module.eval().requires_grad_(False),)
        self.colours = [torch.tensor(values).view(3, 1, 1) for values in (mean, std, teacher.mean, teacher.std)]

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> StepOutput:
        """One step on normalised `images` [B, 3, S, S] with `labels` int64 [B]."""
        hard = super().forward(images, labels)
        if not self.training:
            return hard
        soft = soft_loss(hard.logits, self.targets(images), self.temperature)
        parts = {"hard": hard.loss.detach(), "soft": soft.detach()}
        return StepOutput((1 - self.share) * hard.loss + self.share * soft, hard.logits, parts)

    def targets(self, images: torch.Tensor) -> torch.Tensor:
        """The teacher's logits [B, K], in the order of the student's classes."""
        mean, std, teacher_mean, teacher_std = (values.to(images.device) for values in self.colours)
        pixels = (images * std + mean - teacher_mean) / teacher_std
        if pixels.shape[-1] != self.side_px:
            pixels = functional.interpolate(pixels, self.side_px, mode="bilinear", antialias=True)
        with torch.no_grad():
            logits: torch.Tensor = self.teacher[0].to(images.device)(pixels)
        return logits[:, self.places]
