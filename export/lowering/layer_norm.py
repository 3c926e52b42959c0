"""LayerNorm (Ba et al. 2016) without its affine, which goes into the linear map after it.

Before: y = W (g * n(x) + b) + c. After: y = (W g) n(x) + (W b + c). Exact, and two elementwise passes less a norm.

n itself has two forms. Spelled out it is seven small ops that XNNPACK runs faster than what litert-torch makes of the
op in torch (Swin-T fp32 by 6 %); ONNX has one op for it, which `with_single_ops` puts in.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from export.lowering.norms import ScaledNorm, scaled


def fold_norm(norm: nn.Module, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    """Weight `[out, in]` and bias `[out]` of the map that takes the output of `norm` without its affine."""
    with torch.no_grad():
        folded_bias = weight @ norm.bias if bias is None else weight @ norm.bias + bias
        return weight * norm.weight, folded_bias


class Normalise(ScaledNorm):
    """Each row of `channels` numbers (the last axis) to mean 0 and variance 1."""

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__(eps)
        self.channels = channels

    def forward(self, rows: Tensor) -> Tensor:
        centred = rows - rows.mean(dim=-1, keepdim=True)
        rows = centred * torch.rsqrt((centred * centred).mean(dim=-1, keepdim=True) + self.eps)
        return scaled(rows, self.scale)

    def one_op(self) -> nn.Module:
        """The same as torch's op."""
        norm = nn.LayerNorm(self.channels, eps=self.eps, elementwise_affine=self.scale is not None, bias=False)
        if self.scale is not None:
            norm.weight = nn.Parameter(self.scale, requires_grad=False)
        return norm
