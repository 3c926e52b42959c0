"""Activations to 8 bits and back (W8A8). Rounding is half to even, in float32; Apple documents no other."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from export.mil.ops_elementwise import DTYPES, Op


def quantize(
    input: Tensor, scale: Tensor, output_dtype: str, zero_point: Tensor | None = None, axis: int | None = None
) -> Tensor:
    """clip(round(input / scale) + zero_point), by one scale or by one for each index of `axis`."""
    dtype = DTYPES[output_dtype]
    steps = torch.round(input / along(scale, input.ndim, axis))
    if zero_point is not None:
        steps = steps + along(zero_point, input.ndim, axis)
    limits = torch.iinfo(dtype)
    return steps.clamp(limits.min, limits.max).to(dtype)


def dequantize(input: Tensor, scale: Tensor, zero_point: Tensor | None = None, axis: int | None = None) -> Tensor:
    """scale (input - zero_point)."""
    steps = input.to(scale.dtype)
    if zero_point is not None:
        steps = steps - along(zero_point, input.ndim, axis)
    return steps * along(scale, input.ndim, axis)


def along(values: Tensor, rank: int, axis: int | None) -> Tensor:
    """A vector of numbers laid along `axis` of a tensor of `rank` axes; a scalar as it is."""
    if values.ndim == 0 or axis is None:
        return values
    return values.reshape([-1 if i == axis % rank else 1 for i in range(rank)])


OPS: Mapping[str, Op] = {"quantize": quantize, "dequantize": dequantize}
