"""Is a timm head one linear map of the spatial mean of the last map? Asked of the head itself.

`cam` exists only for such heads. Names do not tell (a class token, a norm or a convolution after the pool all hide
behind `forward_head`), so the head is run in double precision on random maps and compared with W mean(map) + b.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor, nn

CELLS = 3
TOLERANCE = 1e-9


class MapLayout(StrEnum):
    """How `forward_features` lays out its map."""

    NCHW = "nchw"
    NHWC = "nhwc"
    TOKENS = "tokens"


@dataclass(frozen=True)
class PooledHead:
    """`weight` `[K, C]`, `bias` `[K]` over the mean of a map in `layout` (of tokens: without the first `prefix`)."""

    weight: Tensor
    bias: Tensor
    layout: MapLayout
    prefix: int


def pooled_head(model: nn.Module) -> PooledHead | None:
    """The head of `model` where it is linear over the mean, else None."""
    found = _linear_of(model)
    if found is None or not hasattr(model, "forward_head"):
        return None
    prefix = int(getattr(model, "num_prefix_tokens", 0))
    for layout in MapLayout:
        head = PooledHead(*found, layout, prefix if layout is MapLayout.TOKENS else 0)
        if _agrees(model, head):
            return head
    return None


def _linear_of(model: nn.Module) -> tuple[Tensor, Tensor] | None:
    """Weight `[K, C]` and bias `[K]` of the classifier, a linear layer or a 1x1 convolution."""
    classifier = model.get_classifier()
    if not isinstance(classifier, nn.Linear | nn.Conv2d):
        return None
    weight = classifier.weight.detach().flatten(1)
    bias = torch.zeros_like(weight[:, 0]) if classifier.bias is None else classifier.bias.detach()
    return weight, bias


def _agrees(model: nn.Module, head: PooledHead) -> bool:
    """Whether `forward_head` of a random map is W mean(map) + b."""
    generator = torch.Generator().manual_seed(0)
    channels = head.weight.shape[1]
    cells = torch.randn(1, CELLS, CELLS, channels, dtype=torch.float64, generator=generator)
    expected = cells.mean(dim=(1, 2)) @ head.weight.double().T + head.bias.double()
    try:
        with torch.no_grad():
            found = _double_head(model).forward_head(_laid_out(cells, head))
    except (RuntimeError, ValueError, TypeError, IndexError):
        return False
    same_shape = isinstance(found, Tensor) and found.shape == expected.shape
    return same_shape and bool((found - expected).abs().max() <= TOLERANCE * (1 + expected.abs().max()))


def _laid_out(cells: Tensor, head: PooledHead) -> Tensor:
    """`cells` `[1, h, w, C]` as `forward_features` would give it; prefix tokens are noise that must not matter."""
    if head.layout is MapLayout.NHWC:
        return cells
    if head.layout is MapLayout.NCHW:
        return cells.permute(0, 3, 1, 2)
    noise = torch.randn(1, head.prefix, cells.shape[-1], dtype=cells.dtype, generator=torch.Generator().manual_seed(1))
    return torch.cat([noise, cells.flatten(1, 2)], dim=1)


def _double_head(model: nn.Module) -> nn.Module:
    """A copy of `model` in double precision, in eval mode."""
    return copy.deepcopy(model).double().eval()
