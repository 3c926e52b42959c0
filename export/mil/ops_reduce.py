"""Reductions of MIL over `axes` (all by default)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from export.mil.ops_elementwise import Op


def _reduction(function: Callable[[Tensor, list[int], bool], Tensor]) -> Op:
    def op(x: Tensor, axes: Sequence[int] | None = None, keep_dims: bool = False) -> Tensor:
        return function(x, list(range(x.ndim)) if axes is None else list(axes), keep_dims)

    return op


def _product(x: Tensor, axes: list[int], keep_dims: bool) -> Tensor:
    for axis in sorted((axis % x.ndim for axis in axes), reverse=True):
        x = x.prod(dim=axis, keepdim=keep_dims)
    return x


def reduce_argmax(x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32") -> Tensor:
    return x.argmax(dim=axis, keepdim=keep_dims).to(torch.int32)


def reduce_argmin(x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32") -> Tensor:
    return x.argmin(dim=axis, keepdim=keep_dims).to(torch.int32)


def cumsum(x: Tensor, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """Running sum along `axis`; exclusive leaves the number itself out, reverse begins at the end."""
    y = x.flip(axis) if reverse else x
    total = y.cumsum(dim=axis)
    total = total - y if exclusive else total
    return total.flip(axis) if reverse else total


OPS: Mapping[str, Op] = {
    "reduce_mean": _reduction(lambda x, axes, keep: x.mean(dim=axes, keepdim=keep)),
    "reduce_sum": _reduction(lambda x, axes, keep: x.sum(dim=axes, keepdim=keep)),
    "reduce_max": _reduction(lambda x, axes, keep: x.amax(dim=axes, keepdim=keep)),
    "reduce_min": _reduction(lambda x, axes, keep: x.amin(dim=axes, keepdim=keep)),
    "reduce_prod": _reduction(_product),
    "reduce_sum_square": _reduction(lambda x, axes, keep: x.square().sum(dim=axes, keepdim=keep)),
    "reduce_l1_norm": _reduction(lambda x, axes, keep: x.abs().sum(dim=axes, keepdim=keep)),
    "reduce_l2_norm": _reduction(lambda x, axes, keep: x.square().sum(dim=axes, keepdim=keep).sqrt()),
    "reduce_log_sum": _reduction(lambda x, axes, keep: x.sum(dim=axes, keepdim=keep).log()),
    "reduce_log_sum_exp": _reduction(lambda x, axes, keep: x.logsumexp(dim=axes, keepdim=keep)),
    "reduce_argmax": reduce_argmax,
    "reduce_argmin": reduce_argmin,
    "cumsum": cumsum,
}
