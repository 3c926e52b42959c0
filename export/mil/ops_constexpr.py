"""Weights stored compressed (`constexpr_*`), restored once when the file is opened: iOS 16's forms and iOS 18's.

iOS 16 packs indices and masks into bytes, least significant bit first, and states the shape; iOS 18 has sub-byte types
and blocks: a parameter with size s along an axis of size n holds for runs of n / s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from export.mil.ops_elementwise import DTYPES, Op


def affine_dequantize(quantized_data: Tensor, zero_point: Tensor, scale: Tensor, axis: int) -> Tensor:
    """scale (q - zero_point), both scalars or one number for each index of `axis` (iOS 16)."""
    shape = [-1 if i == axis % quantized_data.ndim else 1 for i in range(quantized_data.ndim)]
    return scale.reshape(shape) * (quantized_data.float() - zero_point.float().reshape(shape))


def blockwise_shift_scale(data: Tensor, scale: Tensor, offset: Tensor | None = None) -> Tensor:
    """scale (data - offset), `scale` and `offset` `[n / block, ...]` (iOS 18)."""
    shifted = data.float() if offset is None else data.float() - spread(offset.float(), data.shape)
    return spread(scale, data.shape) * shifted


def lut_to_dense(
    indices: Tensor, lut: Tensor, shape: Sequence[int] | None = None, vector_axis: int | None = None
) -> Tensor:
    """Numbers looked up in palettes: `lut` `[2**bits]` with packed indices (iOS 16), else `[*blocks, 2**bits, V]`."""
    if shape is not None:
        bits = int(math.log2(lut.numel()))
        return lut[unpacked(indices, bits, math.prod(shape))].reshape(tuple(shape))
    *blocks, entries, vector = lut.shape
    which = spread(torch.arange(math.prod(blocks)).reshape(blocks), indices.shape)
    found = lut.reshape(-1, entries, vector)[which, indices.long()]
    if vector_axis is None:
        return found.squeeze(-1)
    axis = vector_axis % indices.ndim
    return found.movedim(-1, axis + 1).flatten(axis, axis + 1)


def sparse_to_dense(nonzero_data: Tensor, mask: Tensor, shape: Sequence[int] | None = None) -> Tensor:
    """Zeros but where `mask` is set, there the numbers in order; the mask packed (iOS 16) or of type uint1 (iOS 18)."""
    if shape is not None:
        mask = unpacked(mask, 1, math.prod(shape)).reshape(tuple(shape))
    dense = torch.zeros(mask.shape, dtype=nonzero_data.dtype)
    dense[mask.bool()] = nonzero_data
    return dense


def lut_to_sparse(
    indices_mask: Tensor, indices_nonzero_data: Tensor, lut: Tensor, vector_axis: int | None = None
) -> tuple[Tensor, Tensor]:
    """(mask, numbers) looked up in palettes for the indices that the mask keeps (iOS 18)."""
    dense = lut_to_dense(sparse_to_dense(indices_nonzero_data, indices_mask), lut, vector_axis=vector_axis)
    mask = indices_mask if vector_axis is None else indices_mask.repeat_interleave(lut.shape[-1], dim=vector_axis)
    return mask, dense[mask.bool()]


def sparse_blockwise_shift_scale(
    data_mask: Tensor, nonzero_data: Tensor, scale: Tensor, offset: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """(mask, numbers) dequantized for the data that the mask keeps (iOS 18)."""
    dense = blockwise_shift_scale(sparse_to_dense(nonzero_data, data_mask), scale, offset)
    return data_mask, dense[data_mask.bool()]


def constexpr_cast(source_val: Tensor, output_dtype: str) -> Tensor:
    return source_val.to(DTYPES[output_dtype])


def spread(values: Tensor, shape: Sequence[int]) -> Tensor:
    """Each number of `values` repeated over its block of `shape`."""
    for axis, size in enumerate(shape):
        values = values.repeat_interleave(size // values.shape[axis], dim=axis)
    return values


def unpacked(packed: Tensor, bits: int, count: int) -> Tensor:
    """The first `count` numbers of `bits` bits each in bytes, least significant bit first."""
    stream = np.unpackbits(packed.numpy(), bitorder="little")[: bits * count].reshape(count, bits)
    return torch.from_numpy(stream.astype(np.int64) @ (1 << np.arange(bits)))


OPS: Mapping[str, Op] = {
    "constexpr_affine_dequantize": affine_dequantize,
    "constexpr_blockwise_shift_scale": blockwise_shift_scale,
    "constexpr_lut_to_dense": lut_to_dense,
    "constexpr_sparse_to_dense": sparse_to_dense,
    "constexpr_lut_to_sparse": lut_to_sparse,
    "constexpr_sparse_blockwise_shift_scale": sparse_blockwise_shift_scale,
    "constexpr_cast": constexpr_cast,
}
