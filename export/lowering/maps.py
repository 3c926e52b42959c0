"""What a convolution or a linear layer is after folding: plain weights, in no layout yet.

Passes read timm modules and write these; the layers of a layout (`layers_nhwc`, `layers_nchw`) are built from them.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Matrix:
    """A linear map over channels: `weight` `[out, in]`, `bias` `[out]` or None. A 1x1 convolution is one, too."""

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True)
class Convolution:
    """A square, odd kernel `[out, in / groups, k, k]` over pixels, zero-padded by `k // 2`, with a `bias` `[out]`."""

    weight: Tensor
    bias: Tensor
    stride: int
    groups: int
