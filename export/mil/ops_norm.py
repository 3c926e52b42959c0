"""Normalisations of MIL. Each is one op in the file, so only its result is rounded, not its mean or variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from export.mil.ops_elementwise import Op


def batch_norm(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    epsilon: float = 1e-5,
) -> Tensor:
    """By the constants of each channel (axis 1)."""
    return functional.batch_norm(x, mean, variance, gamma, beta, training=False, eps=epsilon)


def instance_norm(x: Tensor, gamma: Tensor | None = None, beta: Tensor | None = None, epsilon: float = 1e-5) -> Tensor:
    """Each channel of each image over its spatial axes."""
    return functional.instance_norm(x, weight=gamma, bias=beta, use_input_stats=True, eps=epsilon)


def layer_norm(
    x: Tensor,
    axes: Sequence[int] | None = None,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    epsilon: float = 1e-5,
) -> Tensor:
    """Over `axes` (all by default); `gamma` and `beta` have the sizes of these axes, in order."""
    normalised = sorted(range(x.ndim) if axes is None else (axis % x.ndim for axis in axes))
    if normalised == list(range(x.ndim - len(normalised), x.ndim)):
        return functional.layer_norm(x, x.shape[normalised[0] :], gamma, beta, epsilon)
    variance, mean = torch.var_mean(x, dim=normalised, correction=0, keepdim=True)
    y = (x - mean) * torch.rsqrt(variance + epsilon)
    shape = [size if axis in normalised else 1 for axis, size in enumerate(x.shape)]
    y = y if gamma is None else y * gamma.reshape(shape)
    return y if beta is None else y + beta.reshape(shape)


def l2_norm(x: Tensor, epsilon: float = 1e-6) -> Tensor:
    """x / sqrt(sum of squares over the last three axes + epsilon)."""
    return x * torch.rsqrt(x.square().sum(dim=(-3, -2, -1), keepdim=True) + epsilon)


OPS: Mapping[str, Op] = {
    "batch_norm": batch_norm,
    "instance_norm": instance_norm,
    "layer_norm": layer_norm,
    "l2_norm": l2_norm,
}
