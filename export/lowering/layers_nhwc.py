"""Layers over channels-last tensors `[1, H, W, C]`, written so that litert-torch emits no TRANSPOSE for them.

A 1x1 convolution is a linear layer over the last axis (FULLY_CONNECTED that keeps its axes, the same matrix product in
XNNPACK). A kernel larger than 1 stands between two permutes, which the converter cancels against its own.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from export.lowering.maps import Convolution, Matrix


class Linear(nn.Module):
    """`[..., in]` -> `[..., out]`."""

    def __init__(self, matrix: Matrix) -> None:
        super().__init__()
        self.weight = frozen(matrix.weight)
        self.bias = None if matrix.bias is None else frozen(matrix.bias)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight, self.bias)


def optional_linear(matrix: Matrix | None) -> nn.Module:
    """A `Linear`, or nothing where the map has gone into another."""
    return nn.Identity() if matrix is None else Linear(matrix)


class Spatial(nn.Module):
    """`[1, H, W, in]` -> `[1, H / stride, W / stride, out]`, zero-padded by half the kernel."""

    def __init__(self, conv: Convolution) -> None:
        super().__init__()
        self.weight, self.bias = frozen(conv.weight), frozen(conv.bias)
        self.stride, self.groups, self.padding = conv.stride, conv.groups, conv.weight.shape[-1] // 2

    def forward(self, x: Tensor) -> Tensor:
        planes = x.permute(0, 3, 1, 2)
        planes = functional.conv2d(
            planes, self.weight, self.bias, stride=self.stride, padding=self.padding, groups=self.groups
        )
        return planes.permute(0, 2, 3, 1)


def frozen(weights: Tensor) -> nn.Parameter:
    """A parameter that holds a copy of `weights` and takes no gradient."""
    return nn.Parameter(weights.detach().clone().contiguous(), requires_grad=False)
