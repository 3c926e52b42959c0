"""The affine of a norm, folded into the linear map after it.

Before: y = W (g * n(x) + b) + c. After: y = (W g) n(x) + (W b + c). Exact, and two elementwise passes less a norm.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def fold_norm(norm: nn.Module, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    """Weight `[out, in]` and bias `[out]` of the map that takes the output of `norm` without its affine."""
    with torch.no_grad():
        folded_bias = weight @ norm.bias if bias is None else weight @ norm.bias + bias
        return weight * norm.weight, folded_bias


def normalise(rows: Tensor, eps: float) -> Tensor:
    """Each row to mean 0 and variance 1 over the last axis: LayerNorm (Ba et al. 2016) without its affine."""
    centred = rows - rows.mean(dim=-1, keepdim=True)
    return centred * torch.rsqrt((centred * centred).mean(dim=-1, keepdim=True) + eps)
