"""The disease, the body part and the attributes at once (DermImitFormer, arXiv 2307.08308), photos mixed by CutMix."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from train.augment.cutmix import cut_mix
from train.data.task_labels import UNKNOWN
from train.objectives.plain import Loss, Plain, StepOutput
from train.sections import Tasks
from train.together import ratio


class MultiTask(Plain):
    """The disease's loss plus the weighted losses of the other tasks; parts by task, logits of the disease.

    Cross-entropy of the body part, binary cross-entropy of the attributes, each the mean over labels that are known.
    """

    def __init__(self, model: nn.Module, loss: Loss, *, tasks: Tasks, cutmix: float) -> None:
        super().__init__(model, loss)
        self.tasks, self.cutmix = tasks, cutmix

    def forward(self, images: Tensor, labels: Tensor, tasks: Tensor) -> StepOutput:  # type: ignore[override]
        """One step on normalised `images` [B, 3, S, S] with `labels` [B] and `tasks` int64 [B, T] (-1: not known)."""
        if not self.training or not self.cutmix:
            answers = self.model.answers(images)
            parts = self.losses(answers, labels, tasks)
        else:
            mixed, order, own = cut_mix(images, self.cutmix)
            answers = self.model.answers(mixed)
            ours = self.losses(answers, labels, tasks)
            theirs = self.losses(answers, labels[order], tasks[order])
            parts = {name: own * ours[name] + (1.0 - own) * theirs[name] for name in ours}
        weights = {"body part": self.tasks.body_part_weight, "attributes": self.tasks.attributes_weight}
        total = sum((weights.get(name, 1.0) * part for name, part in parts.items()), torch.zeros_like(parts["disease"]))
        return StepOutput(total, answers["logits"], {name: part.detach() for name, part in parts.items()})

    def losses(self, answers: dict[str, Tensor], labels: Tensor, tasks: Tensor) -> dict[str, Tensor]:
        """The loss of each task."""
        found = {"disease": self.loss(answers["logits"], labels)}
        if "body_part" in answers:
            found["body part"] = part_loss(answers["body_part"], tasks[:, 0])
        if "attributes" in answers:
            count = answers["attributes"].shape[1]
            found["attributes"] = attribute_loss(answers["attributes"], tasks[:, -count:])
        return found


def part_loss(logits: Tensor, parts: Tensor) -> Tensor:
    """Cross-entropy of `logits` [B, P], the mean over photos whose part [B] is known; 0 where none is."""
    known = parts != UNKNOWN
    losses = functional.cross_entropy(logits, parts.clamp_min(0), reduction="none")
    return mean_of_known(losses, known)


def attribute_loss(logits: Tensor, attributes: Tensor) -> Tensor:
    """Binary cross-entropy of `logits` [B, A], the mean over attributes [B, A] that are known; 0 where none is."""
    known = attributes != UNKNOWN
    losses = functional.binary_cross_entropy_with_logits(
        logits, attributes.clamp_min(0).to(logits.dtype), reduction="none"
    )
    return mean_of_known(losses, known)


def mean_of_known(losses: Tensor, known: Tensor) -> Tensor:
    """Mean of `losses` where `known`, over all processes."""
    return ratio((losses * known).sum(), known.sum().to(losses.dtype).clamp_min(1e-6))
