"""The running statistics and the affine of a batch norm, folded into the convolution before it.

Before: y = g * (W x - m) / sqrt(v + eps) + b. After: y = (W s) x + (b - m s) with s = g / sqrt(v + eps), in the
precision of the model. Exact at inference, where the statistics are constants; zero padding precedes W and stays.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge_app.runtime.errors import ConversionError
from export.lowering.maps import Convolution, Matrix


def fold_batch_norm(block: nn.Module) -> Convolution:
    """The convolution of a timm `ConvNormAct` (`conv`, then `bn`; its activation is not looked at)."""
    conv = block.conv
    if conv.kernel_size[0] != conv.kernel_size[1] or conv.kernel_size[0] % 2 == 0:
        raise ConversionError(f"a {conv.kernel_size} kernel cannot be lowered; allowed are square kernels of odd side")
    if conv.dilation != (1, 1) or conv.padding != (conv.kernel_size[0] // 2,) * 2:
        raise ConversionError(
            f"a convolution with dilation {conv.dilation} and padding {conv.padding} cannot be lowered; "
            f"allowed are dilation 1 and padding of half the kernel"
        )
    weight, bias = scaled_by_batch_norm(conv, block.bn)
    return Convolution(weight, bias, stride=conv.stride[0], groups=conv.groups)


def fold_batch_norm_1x1(block: nn.Module) -> Matrix:
    """As `fold_batch_norm`, of a block whose convolution is 1x1 with stride 1."""
    conv = fold_batch_norm(block)
    if conv.weight.shape[2:] != (1, 1) or conv.stride != 1 or conv.groups != 1:
        raise ConversionError(f"expected a dense 1x1 convolution, found weights {tuple(conv.weight.shape)}")
    return Matrix(conv.weight.flatten(1), conv.bias)


def scaled_by_batch_norm(conv: nn.Module, norm: nn.Module) -> tuple[Tensor, Tensor]:
    """Weight `[out, in / groups, k, k]` and bias `[out]` of `conv` followed by `norm`."""
    with torch.no_grad():
        scale = torch.rsqrt(norm.running_var + norm.eps)
        if norm.weight is not None:
            scale = scale * norm.weight
        shift = torch.zeros_like(norm.running_mean) if norm.bias is None else norm.bias
        mean = norm.running_mean if conv.bias is None else norm.running_mean - conv.bias
        return conv.weight * scale.reshape(-1, 1, 1, 1), shift - mean * scale
