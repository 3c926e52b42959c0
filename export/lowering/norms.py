"""Norms without affine, and which linear maps read them.

Every affine has gone into the linear maps behind its norm. What comes back, where 8 bits want it, is one factor a
channel: a norm by 1 / s and the columns of its readers by s are the same network (`export.quantize.smooth`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


class ScaledNorm(nn.Module):
    """A norm of any kind that multiplies each channel by `scale`, where there is one."""

    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.scale: Tensor | None
        self.register_buffer("scale", None)

    # Of the channels in what it takes and gives, counted from the end.
    channel_axis = -1

    def set_scale(self, factors: Tensor) -> None:
        """Multiply channel c by `factors` [C] of c from now on."""
        self.scale = factors.detach().reshape(-1, *[1] * (-1 - self.channel_axis))


@dataclass(frozen=True)
class NormReaders:
    """`readers`, all that read `norm`, are linear in it: `weight` is `[out, in, ...]`."""

    norm: ScaledNorm
    readers: tuple[nn.Module, ...]


class ReadsNorm(nn.Module):
    """A part of a network that knows `norm_readers`, pairs that may be scaled against each other."""

    norm_readers: tuple[NormReaders, ...]


class UnitVariance(ScaledNorm):
    """GroupNorm(1) without its affine: `[1, H, W, C]` to mean 0 and variance 1 over all of it.

    The factor of a channel meets one number for the whole map, so it costs no pass over the map.
    """

    def forward(self, x: Tensor) -> Tensor:
        axes = tuple(range(1, x.ndim))
        centred = x - x.mean(dim=axes, keepdim=True)
        return centred * scaled(torch.rsqrt((centred * centred).mean(dim=axes, keepdim=True) + self.eps), self.scale)


class UnitVarianceInOneOp(ScaledNorm):
    """Rows `[N, C]` to mean 0 and variance 1 over all of them, by ONNX's InstanceNormalization.

    It normalises each channel of an image; here all is one channel.
    """

    def forward(self, rows: Tensor) -> Tensor:
        normalised = functional.instance_norm(rows.reshape(1, 1, -1), eps=self.eps).reshape(rows.shape)
        return scaled(normalised, self.scale)


class UnitVarianceInSteps(ScaledNorm):
    """`[1, C, H, W]` to mean 0 and variance 1 over all of it: GroupNorm(1) without its affine.

    Core ML computes in 16-bit floats, and some of its processors sum in them: means are taken over the map, then over
    the channels, so that no sum has more than H * W or C terms, and the variance is that of the centred numbers.
    """

    channel_axis = -3

    def forward(self, x: Tensor) -> Tensor:
        centred = x - mean_in_steps(x)
        return centred * scaled(torch.rsqrt(mean_in_steps(centred * centred) + self.eps), self.scale)


def scaled(x: Tensor, scale: Tensor | None) -> Tensor:
    """`x` times `scale`, where there is one."""
    return x if scale is None else x * scale


def mean_in_steps(x: Tensor) -> Tensor:
    """`[1, C, H, W]` -> its mean `[1, 1, 1, 1]`."""
    return x.mean(dim=(2, 3), keepdim=True).mean(dim=1, keepdim=True)
