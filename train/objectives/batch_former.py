"""BatchFormer: in training, photos of a batch see one another (Hou et al. 2022, arXiv 2203.01522; used by 2601.00286).

A transformer encoder attends over the batch, between backbone and classifier; one classifier answers for features with
and without it, so that it can be left out afterwards: the trained network is the plain one.
"""

from __future__ import annotations

import torch
from torch import nn

from edge_app.runtime.errors import ConfigError
from train.models.architectures import classifier_name
from train.models.linear_head import features_in
from train.objectives.plain import Loss, Plain, StepOutput


class BatchFormer(Plain):
    """Loss of both streams [2 B], with the labels twice; logits of the plain one.

    Of a batch that several processes share, each lets its own photos see one another. In eval mode this is `Plain`.
    """

    def __init__(self, model: nn.Module, loss: Loss, *, heads: int, dropout: float) -> None:
        super().__init__(model, loss)
        width = features_in(model)
        if width % heads:
            raise ConfigError(f"objective.heads {heads} does not divide the {width} features of the network")
        # As the authors' code has it: as wide inside as outside.
        self.encoder = nn.TransformerEncoderLayer(width, heads, dim_feedforward=width, dropout=dropout)

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> StepOutput:
        """One step on normalised `images` [B, 3, S, S] with `labels` int64 [B]."""
        if not self.training:
            return super().forward(images, labels)
        features = self.model.forward_head(self.model.forward_features(images), pre_logits=True)
        # The batch is the sequence: [B, 1, D].
        mixed = self.encoder(features[:, None]).squeeze(1)
        logits = self.model.get_submodule(classifier_name(self.model))(torch.cat([features, mixed]))
        return StepOutput(self.loss(logits, torch.cat([labels, labels])), logits[: len(labels)])
