"""Ops of MIL that move numbers without changing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from export.mil.ops_elementwise import Op
from export.mil.padding import padded, reindexed


def reshape(x: Tensor, shape: Sequence[int]) -> Tensor:
    """-1 is inferred, 0 keeps the size of that axis."""
    return x.reshape([size if size != 0 else x.shape[axis] for axis, size in enumerate(shape)])


def transpose(x: Tensor, perm: Sequence[int]) -> Tensor:
    return x.permute(tuple(perm))


def expand_dims(x: Tensor, axes: Sequence[int]) -> Tensor:
    """New axes of size 1 at the positions `axes` of the result."""
    rank = x.ndim + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        x = x.unsqueeze(axis)
    return x


def squeeze(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    return x.squeeze() if axes is None else x.squeeze(tuple(axes))


def concat(values: Sequence[Tensor], axis: int, interleave: bool = False) -> Tensor:
    """One after the other along `axis`, or by turns."""
    if not interleave:
        return torch.cat(list(values), dim=axis)
    axis %= values[0].ndim
    return torch.stack(list(values), dim=axis + 1).flatten(axis, axis + 1)


def stack(values: Sequence[Tensor], axis: int) -> Tensor:
    return torch.stack(list(values), dim=axis)


def split(
    x: Tensor, axis: int, num_splits: int | None = None, split_sizes: Sequence[int] | None = None
) -> tuple[Tensor, ...]:
    sizes = list(split_sizes) if split_sizes is not None else x.shape[axis] // (num_splits or 1)
    return x.split(sizes, dim=axis)


def slice_by_index(
    x: Tensor,
    begin: Sequence[int],
    end: Sequence[int],
    stride: Sequence[int] | None = None,
    begin_mask: Sequence[bool] | None = None,
    end_mask: Sequence[bool] | None = None,
    squeeze_mask: Sequence[bool] | None = None,
) -> Tensor:
    """x[begin:end:stride] per axis; a mask ignores its bound, `squeeze_mask` takes the one index `begin`."""
    none = [False] * x.ndim
    squeezed = squeeze_mask or none
    for axis in range(x.ndim):
        first = None if (begin_mask or none)[axis] and not squeezed[axis] else begin[axis]
        if squeezed[axis]:
            x = x.narrow(axis, (first or 0) % x.shape[axis], 1)
            continue
        last = None if (end_mask or none)[axis] else end[axis]
        x = _sliced(x, axis, slice(first, last, 1 if stride is None else stride[axis]))
    kept = [axis for axis in range(x.ndim) if not squeezed[axis]]
    return x.reshape([x.shape[axis] for axis in kept])


def _sliced(x: Tensor, axis: int, part: slice) -> Tensor:
    """One axis sliced; torch takes no negative steps, so those go by index."""
    start, stop, step = part.indices(x.shape[axis])
    if step == 1:
        return x.narrow(axis, start, max(0, stop - start))
    return x.index_select(axis, torch.arange(start, stop, step))


def slice_by_size(x: Tensor, begin: Sequence[int], size: Sequence[int]) -> Tensor:
    """`size` numbers from `begin` on per axis; -1 takes the rest."""
    for axis, (first, count) in enumerate(zip(begin, size, strict=True)):
        x = x.narrow(axis, first, x.shape[axis] - first if count == -1 else count)
    return x


def pad(x: Tensor, pad: Sequence[int], mode: str = "constant", constant_val: float = 0.0) -> Tensor:
    """(before, after) pairs of the last axes."""
    pairs = list(zip(pad[0::2], pad[1::2], strict=True))
    return padded(x, pairs, constant_val) if mode == "constant" else reindexed(x, pairs, mode)


def tile(x: Tensor, reps: Sequence[int]) -> Tensor:
    return x.repeat(tuple(reps))


def reverse(x: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    return x.flip(list(range(x.ndim)) if axes is None else list(axes))


def flatten2d(x: Tensor, axis: int = 1) -> Tensor:
    """Axes before `axis` as rows, the rest as columns."""
    rows = int(torch.tensor(x.shape[:axis]).prod())
    return x.reshape(rows, -1)


def gather(x: Tensor, indices: Tensor, axis: int = 0, batch_dims: int = 0, validate_indices: bool = False) -> Tensor:
    """Rows `indices` of `axis`; the first `batch_dims` axes of both go together."""
    axis %= x.ndim
    shape = (*x.shape[:axis], *indices.shape[batch_dims:], *x.shape[axis + 1 :])
    batches = zip(
        x.reshape(-1, *x.shape[batch_dims:]), indices.reshape(-1, *indices.shape[batch_dims:]).long(), strict=True
    )
    rows = [one.index_select(axis - batch_dims, at.flatten() % one.shape[axis - batch_dims]) for one, at in batches]
    return torch.stack(rows).reshape(shape)


def gather_along_axis(x: Tensor, indices: Tensor, axis: int = 0, validate_indices: bool = False) -> Tensor:
    return torch.gather(x, axis, indices.long() % x.shape[axis])


def pixel_shuffle(x: Tensor, upscale_factor: int) -> Tensor:
    return functional.pixel_shuffle(x, upscale_factor)


def pixel_unshuffle(x: Tensor, downscale_factor: int) -> Tensor:
    return functional.pixel_unshuffle(x, downscale_factor)


def depth_to_space(x: Tensor, block_size: int) -> Tensor:
    """`[n, b b C, H, W]` -> `[n, C, b H, b W]`; the block's cell is the slow part of a channel's number."""
    n, channels, height, width = x.shape
    cells = x.reshape(n, block_size, block_size, channels // block_size**2, height, width)
    return cells.permute(0, 3, 4, 1, 5, 2).reshape(n, -1, height * block_size, width * block_size)


def space_to_depth(x: Tensor, block_size: int) -> Tensor:
    """The inverse of `depth_to_space`."""
    n, channels, height, width = x.shape
    cells = x.reshape(n, channels, height // block_size, block_size, width // block_size, block_size)
    return cells.permute(0, 3, 5, 1, 2, 4).reshape(n, -1, height // block_size, width // block_size)


OPS: Mapping[str, Op] = {
    "reshape": reshape,
    "transpose": transpose,
    "expand_dims": expand_dims,
    "squeeze": squeeze,
    "concat": concat,
    "stack": stack,
    "split": split,
    "slice_by_index": slice_by_index,
    "slice_by_size": slice_by_size,
    "pad": pad,
    "tile": tile,
    "reverse": reverse,
    "flatten2d": flatten2d,
    "gather": gather,
    "gather_along_axis": gather_along_axis,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "depth_to_space": depth_to_space,
    "space_to_depth": space_to_depth,
}
