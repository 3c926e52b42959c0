"""Layers over channels-first tensors `[1, C, H, W]`, as ONNX Runtime and Core ML have them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from export.lowering.layers_nhwc import frozen
from export.lowering.maps import Convolution, Matrix


class Pointwise(nn.Module):
    """A 1x1 convolution: `[1, in, H, W]` -> `[1, out, H, W]`."""

    def __init__(self, matrix: Matrix) -> None:
        super().__init__()
        self.weight = frozen(matrix.weight[:, :, None, None])
        self.bias = None if matrix.bias is None else frozen(matrix.bias)

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight, self.bias)


class SpatialNchw(nn.Module):
    """`[1, in, H, W]` -> `[1, out, H / stride, W / stride]`, zero-padded by half the kernel."""

    def __init__(self, conv: Convolution) -> None:
        super().__init__()
        self.weight, self.bias = frozen(conv.weight), frozen(conv.bias)
        self.stride, self.groups, self.padding = conv.stride, conv.groups, conv.weight.shape[-1] // 2

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(
            x, self.weight, self.bias, stride=self.stride, padding=self.padding, groups=self.groups
        )


def optional_pointwise(matrix: Matrix | None) -> nn.Module:
    """A `Pointwise`, or nothing where the map has gone into another."""
    return nn.Identity() if matrix is None else Pointwise(matrix)
