"""Cross-entropy with a weight for each class."""

from __future__ import annotations

import torch
from torch.nn import functional

from train.together import ratio


def cross_entropy(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None, normalise: str
) -> torch.Tensor:
    """Weighted cross-entropy of `logits` [B, K] against `labels` int64 [B], `weights` [K].

    `normalise` "weights" divides the weighted sum by the weights of the batch's labels (torch's own mean);
    "batch" divides it by B, so that a batch of rare classes makes a larger step. Where several processes share a
    batch, weights and B are those of the whole batch (train.ranks.ratio).
    """
    total = functional.cross_entropy(logits.float(), labels, weights, reduction="sum")
    if normalise == "weights" and weights is not None:
        return ratio(total, weights[labels].sum())
    return ratio(total, torch.tensor(float(len(labels)), device=total.device))
