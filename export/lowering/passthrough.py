"""Any other timm classifier: its own graph, with sizes frozen, batch norms and input scale folded.

The passes, and why in this order:
1. `split_attention` on modules: afterwards an attention is a dozen anonymous ops;
2. `static_graph`: paddings and shapes become numbers, weights become attributes;
3. `fold_graph_constants`: position tables resized, weights standardised, so that what follows finds weights;
4. `fold_graph_batch_norms`, so that the stem has its final weights;
5. `fold_graph_input_scale` into the stem.

Where the head is one linear map of the spatial mean (`pooled_head`) the graph ends at the map and `cam` is exact. Where
it is not (a class token, a norm or a layer after the pool) the graph goes on to `logits`, and there is no `cam`. A
network with further tasks (`answers`) gives theirs beside `logits`.
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from export.lowering.fold_graph_batch_norm import fold_graph_batch_norms
from export.lowering.fold_graph_constants import fold_graph_constants
from export.lowering.fold_graph_input_scale import fold_graph_input_scale
from export.lowering.plain_attention import split_attention
from export.lowering.pooled_head import MapLayout, PooledHead, pooled_head
from export.lowering.static_graph import static_graph

MAP_LAYOUTS = {"nhwc": MapLayout.NHWC, "rows": MapLayout.NHWC, "nchw": MapLayout.NCHW}


def features(model: nn.Module, *, side_px: int, layout: str, input_scale: Tensor) -> nn.Module:
    """Image less its mean, 0..255 -> the map under a linear head, or the logits `[1, K]` of another head."""
    part = Part(split_attention(copy.deepcopy(model)), pooled_head(model), MAP_LAYOUTS[layout])
    planes = torch.zeros(1, 3, side_px, side_px, dtype=input_scale.dtype)
    graph = fold_graph_batch_norms(fold_graph_constants(static_graph(part, planes)))
    graph = fold_graph_input_scale(graph, input_scale)
    return graph if part.layout is MapLayout.NCHW else ChannelsLast(graph)


def head(model: nn.Module) -> tuple[Tensor, Tensor] | None:
    """Weight `[K, C]` and bias `[K]` over the mean of the map, or None where `features` gives the logits."""
    found = pooled_head(model)
    return None if found is None else (found.weight, found.bias)


class ChannelsLast(nn.Module):
    """A graph that takes planes `[1, 3, S, S]`, for an image `[1, S, S, 3]`."""

    def __init__(self, graph: nn.Module) -> None:
        super().__init__()
        self.graph = graph

    def forward(self, image: Tensor) -> Tensor | dict[str, Tensor]:
        return self.graph(image.permute(0, 3, 1, 2))


class Part(nn.Module):
    """Planes `[1, 3, S, S]` -> the map under `head` in `layout`, or the logits, or all answers where there is none."""

    def __init__(self, model: nn.Module, head: PooledHead | None, layout: MapLayout) -> None:
        super().__init__()
        self.model, self.head, self.layout = model, head, layout

    def forward(self, planes: Tensor) -> Tensor | dict[str, Tensor]:
        if self.head is None:
            return self.model.answers(planes) if hasattr(self.model, "answers") else self.model(planes)
        cells, given = self.model.forward_features(planes), self.head.layout
        if given is MapLayout.TOKENS:
            cells, given = self._square(cells[:, self.head.prefix :]), MapLayout.NHWC
        if given is self.layout:
            return cells
        return cells.permute(0, 2, 3, 1) if given is MapLayout.NCHW else cells.permute(0, 3, 1, 2)

    def _square(self, tokens: Tensor) -> Tensor:
        """`[1, n*n, C]` -> `[1, n, n, C]`; a grid that is not square stays one row of cells."""
        count, side = tokens.shape[1], math.isqrt(tokens.shape[1])
        return tokens.reshape(1, *((side, side) if side * side == count else (1, count)), tokens.shape[2])
