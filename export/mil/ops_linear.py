"""Convolutions and matrix products of MIL. Sums run in float32 whatever the file's type (see `rounding`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from export.mil.ops_elementwise import Op
from export.mil.padding import padded, spatial_pads

CONV = {3: functional.conv1d, 4: functional.conv2d, 5: functional.conv3d}


def conv(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    strides: Sequence[int] | None = None,
    pad_type: str = "valid",
    pad: Sequence[int] | None = None,
    dilations: Sequence[int] | None = None,
    groups: int = 1,
) -> Tensor:
    """`x` `[n, C, *D]`, `weight` `[out, C/groups, *K]`."""
    axes = x.ndim - 2
    strides, dilations = strides or [1] * axes, dilations or [1] * axes
    kernel = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilations, strict=True)]
    pads = spatial_pads(pad_type, pad, x.shape[2:], kernel, strides)
    if all(before == after for before, after in pads):
        return CONV[x.ndim](x, weight, bias, tuple(strides), tuple(b for b, _ in pads), tuple(dilations), groups)
    return CONV[x.ndim](padded(x, pads), weight, bias, tuple(strides), 0, tuple(dilations), groups)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`x` `[*D, in]`, `weight` `[out, in]`."""
    return functional.linear(x, weight, bias)


def matmul(x: Tensor, y: Tensor, transpose_x: bool = False, transpose_y: bool = False) -> Tensor:
    """Matrix product with numpy's broadcasting over the leading axes."""
    x = x.transpose(-1, -2) if transpose_x and x.ndim > 1 else x
    y = y.transpose(-1, -2) if transpose_y and y.ndim > 1 else y
    return torch.matmul(x, y)


def einsum(values: Sequence[Tensor], equation: str) -> Tensor:
    return torch.einsum(equation, *values)


def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None) -> Tensor:
    """softmax(query key^T / sqrt(d) + mask) value; a Boolean mask keeps where it is true."""
    return functional.scaled_dot_product_attention(query, key, value, attn_mask)


OPS: Mapping[str, Op] = {
    "conv": conv,
    "linear": linear,
    "matmul": matmul,
    "einsum": einsum,
    "scaled_dot_product_attention": scaled_dot_product_attention,
}
