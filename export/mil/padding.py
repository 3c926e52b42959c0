"""How MIL states padding of convolutions and pools: by type, in pairs (before, after) from the first spatial axis."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def spatial_pads(
    pad_type: str, pad: Sequence[int] | None, sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """(before, after) of each spatial axis for input `sizes` and the dilated `kernel`.

    `same` gives ceil(size / stride) outputs with the odd one after, `same_lower` before.
    """
    if pad_type == "custom" and pad is not None:
        return list(zip(pad[0::2], pad[1::2], strict=True))
    if pad_type not in ("same", "same_lower"):
        return [(0, 0)] * len(sizes)
    totals = [max(0, -(-size // s) * s - size + k - s) for size, k, s in zip(sizes, kernel, strides, strict=True)]
    pairs = [(total // 2, total - total // 2) for total in totals]
    return pairs if pad_type == "same" else [(after, before) for before, after in pairs]


def padded(x: Tensor, pads: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """`x` with its last `len(pads)` axes padded by a constant."""
    if not any(before or after for before, after in pads):
        return x
    return functional.pad(x, [n for pair in reversed(pads) for n in pair], value=value)


def reindexed(x: Tensor, pads: Sequence[tuple[int, int]], mode: str) -> Tensor:
    """`x` with its last `len(pads)` axes padded by its own values: mode `reflect` or `replicate`."""
    for axis, (before, after) in enumerate(pads, start=x.ndim - len(pads)):
        if before or after:
            last = x.shape[axis] - 1
            index = torch.arange(-before, last + after + 1)
            index = last - (last - index.abs()).abs() if mode == "reflect" else index.clamp(0, last)
            x = x.index_select(axis, index)
    return x
