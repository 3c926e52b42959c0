"""Cross-entropy with a weight for each class."""

from __future__ import annotations

import torch
from torch.nn import functional


def cross_entropy(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None, normalise: str
) -> torch.Tensor:
    """Weighted cross-entropy of `logits` [B, K] against `labels` int64 [B], `weights` [K].

    `normalise` "weights" divides the weighted sum by the weights of the batch's labels (torch's own mean);
    "batch" divides it by B, so that a batch of rare classes makes a larger step.
    """
    logits = logits.float()
    if normalise == "weights":
        return functional.cross_entropy(logits, labels, weights)
    return functional.cross_entropy(logits, labels, weights, reduction="sum") / len(labels)
