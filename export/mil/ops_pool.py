"""Pooling and resizing of MIL."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from export.mil.ops_elementwise import Op
from export.mil.padding import padded, spatial_pads

MAX_POOL = {3: functional.max_pool1d, 4: functional.max_pool2d, 5: functional.max_pool3d}
AVG_POOL = {3: functional.avg_pool1d, 4: functional.avg_pool2d, 5: functional.avg_pool3d}


def max_pool(
    x: Tensor,
    kernel_sizes: Sequence[int],
    strides: Sequence[int] | None = None,
    pad_type: str = "valid",
    pad: Sequence[int] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Padding never wins: it counts as minus infinity."""
    strides = strides or [1] * (x.ndim - 2)
    pads = _pool_pads(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    return MAX_POOL[x.ndim](padded(x, pads, -math.inf), tuple(kernel_sizes), tuple(strides))


def avg_pool(
    x: Tensor,
    kernel_sizes: Sequence[int],
    strides: Sequence[int] | None = None,
    pad_type: str = "valid",
    pad: Sequence[int] | None = None,
    exclude_padding_from_average: bool = False,
    ceil_mode: bool = False,
) -> Tensor:
    """The mean of each window; padding counts as zeros unless excluded, what `ceil_mode` adds never counts."""
    strides = strides or [1] * (x.ndim - 2)
    pads = _pool_pads(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    pool = AVG_POOL[x.ndim]
    means = pool(padded(x, pads), tuple(kernel_sizes), tuple(strides))
    counted = torch.ones_like(x[:1, :1])
    if not exclude_padding_from_average:
        stated = spatial_pads(pad_type, pad, x.shape[2:], kernel_sizes, strides)
        counted = padded(counted, stated, 1.0)
        pads = [(b - sb, a - sa) for (b, a), (sb, sa) in zip(pads, stated, strict=True)]
    return means / pool(padded(counted, pads), tuple(kernel_sizes), tuple(strides))


def _pool_pads(
    x: Tensor,
    kernel: Sequence[int],
    strides: Sequence[int],
    pad_type: str,
    pad: Sequence[int] | None,
    ceil_mode: bool,
) -> list[tuple[int, int]]:
    """The stated padding; for `ceil_mode` more after, so that the last window begins within input or left padding."""
    pads = spatial_pads(pad_type, pad, x.shape[2:], kernel, strides)
    if not ceil_mode:
        return pads
    grown = []
    for (before, after), size, k, s in zip(pads, x.shape[2:], kernel, strides, strict=True):
        windows = -(-(size + before + after - k) // s) + 1
        if (windows - 1) * s >= size + before and (before or after):
            windows -= 1
        grown.append((before, max(after, (windows - 1) * s + k - size - before)))
    return grown


def upsample_nearest_neighbor(x: Tensor, scale_factor_height: float = 1, scale_factor_width: float = 1) -> Tensor:
    """The last two axes times the factors, rounded down."""
    return resize_nearest_neighbor(x, *_scaled(x, scale_factor_height, scale_factor_width))


def resize_nearest_neighbor(x: Tensor, target_size_height: int, target_size_width: int) -> Tensor:
    """Output i shows input floor(i in / out)."""
    for axis, size in ((-2, target_size_height), (-1, target_size_width)):
        index = torch.arange(size) * x.shape[axis] // size
        x = x.index_select(axis, index)
    return x


def upsample_bilinear(
    x: Tensor, scale_factor_height: float = 1, scale_factor_width: float = 1, align_corners: bool = True
) -> Tensor:
    """The last two axes times the factors, rounded down; the spacing follows from the rounded size."""
    mode = "STRICT_ALIGN_CORNERS" if align_corners else "UNALIGN_CORNERS"
    return resize_bilinear(x, *_scaled(x, scale_factor_height, scale_factor_width), mode)


def resize_bilinear(
    x: Tensor, target_size_height: int = 1, target_size_width: int = 1, sampling_mode: str = "DEFAULT"
) -> Tensor:
    """The last two axes sampled linearly at the points of `sampling_mode`."""
    for axis, size in ((-2, target_size_height), (-1, target_size_width)):
        last = x.shape[axis] - 1
        points = sampling_points(x.shape[axis], size, sampling_mode).clamp(0, last)
        lower = points.floor().long()
        shape = [-1, 1] if axis == -2 else [-1]
        share = (points - lower).reshape(shape).to(x.dtype)
        upper = (lower + 1).clamp_max(last)
        x = torch.lerp(x.index_select(axis, lower), x.index_select(axis, upper), share)
    return x


def sampling_points(size_in: int, size_out: int, mode: str) -> Tensor:
    """Where in 0..size_in-1 each of `size_out` samples lies, before clamping (`resize_bilinear`'s notes)."""
    steps = torch.arange(size_out, dtype=torch.float64)
    if mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS"):
        if size_out == 1:
            return torch.full((1,), (size_in - 1) / 2 if mode == "ALIGN_CORNERS" else 0.0, dtype=torch.float64)
        return steps * (size_in - 1) / (size_out - 1)
    if mode == "UNALIGN_CORNERS":
        return (steps + 0.5) * size_in / size_out - 0.5
    if mode == "OFFSET_CORNERS":
        return (steps + 0.5) * max(1, size_in - 1) / size_out
    return steps * size_in / size_out


def _scaled(x: Tensor, height: float, width: float) -> tuple[int, int]:
    return math.floor(x.shape[-2] * height), math.floor(x.shape[-1] * width)


OPS: Mapping[str, Op] = {
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "upsample_nearest_neighbor": upsample_nearest_neighbor,
    "resize_nearest_neighbor": resize_nearest_neighbor,
    "upsample_bilinear": upsample_bilinear,
    "resize_bilinear": resize_bilinear,
}
