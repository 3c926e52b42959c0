"""SimSiam: two views of a photo predict each other, without negatives or a momentum encoder (Chen and He 2021).

"Exploring Simple Siamese Representation Learning", CVPR 2021, arXiv 2011.10566.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from train.models.linear_head import features_in


def disagreement(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """-cos(p, z) averaged over the batch, z taken as given: a scalar from -1 to 1 (eq. 1 with the stop of eq. 3)."""
    return -functional.cosine_similarity(prediction, target.detach(), dim=1).mean()


def spread(projections: torch.Tensor) -> float:
    """Deviation of z / |z| over the batch, times the root of its width: about 1 where the network tells photos apart,
    0 where it has collapsed to one answer (section 4.1).
    """
    directions = functional.normalize(projections.detach().float(), dim=1)
    return float(directions.std(dim=0, unbiased=False).mean()) * directions.shape[1] ** 0.5


class SimSiam(nn.Module):
    """A network whose pooled features go through a projector f and a predictor h of their own."""

    def __init__(self, model: nn.Module, width: int) -> None:
        super().__init__()
        self.model = model
        inner = max(width // 4, 1)
        # Section 3: three layers, the last without ReLU; then a bottleneck of a quarter, its output without norm.
        self.projector = nn.Sequential(
            *layer(features_in(model), width), *layer(width, width), nn.Linear(width, width), nn.BatchNorm1d(width)
        )
        self.predictor = nn.Sequential(*layer(width, inner), nn.Linear(inner, width))

    def forward(self, first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, float]:
        """Half the disagreement of each view's prediction with the other's projection (eq. 2), and the spread.

        Both are normalised photos [B, 3, S, S], the same ones in the same order.
        """
        ours, theirs = self.projected(first), self.projected(second)
        loss = disagreement(self.predictor(ours), theirs) / 2 + disagreement(self.predictor(theirs), ours) / 2
        return loss, spread(ours)

    def projected(self, images: torch.Tensor) -> torch.Tensor:
        """z [B, width]."""
        features = self.model.forward_head(self.model.forward_features(images), pre_logits=True)
        projection: torch.Tensor = self.projector(features)
        return projection


def layer(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    """FC, batch norm, ReLU."""
    return nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()
