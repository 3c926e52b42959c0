"""Focal loss: cross-entropy that counts a photo less the surer its answer is (Lin et al. 2017)."""

from __future__ import annotations

import torch
from torch.nn import functional

# Below it the modulating factor is constant: for gamma under 1 its slope at 0 is infinite.
SMALLEST = 1e-7


def focal(logits: torch.Tensor, labels: torch.Tensor, gamma: float) -> torch.Tensor:
    """-(1 - p)**gamma * log p of each photo, float32 [B] (How Important Is Each Dermoscopy Image?, eq. 6).

    `logits` [B, K], `labels` int64 [B]; p is the softmax probability of the label. `gamma` 0 is cross-entropy (eq. 5).
    """
    cross_entropy = functional.cross_entropy(logits.float(), labels, reduction="none")
    if gamma == 0.0:
        return cross_entropy
    # 1 - p without the rounding of 1 - exp(-x) for small x.
    doubt = (-torch.expm1(-cross_entropy)).clamp_min(SMALLEST)
    return doubt**gamma * cross_entropy
