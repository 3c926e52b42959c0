"""MobileViTv2 for ONNX Runtime: pixels are rows of channels, in image order, from the stem to the last map.

A row is a pixel, `[H*W, C]`: all that MobileViTv2 does is a matrix after it, but for its spatial convolutions, which
see the rows as `[1, H, W, C]`. Position (i, j) in a patch is (row parity, column parity), and the softmax over the
patches of each position is one softmax over all pixels `[4, H*W]`, from which those of the other three positions are
barred by a constant. Its product with the rows is the sum over patches; `[H/2, 2, W/2, 2C]` times a context
`[1, 2, 1, 2C]` brings it back. No axis is ever exchanged with another, and a matrix after rows is a Gemm as it is,
where one after a map stands between two reshapes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from export.lowering.layers_nhwc import Linear, Spatial, optional_linear
from export.lowering.maps import Matrix
from export.lowering.mobilevitv2 import Block, Bottleneck, Plan, Transformer
from export.lowering.norms import NormReaders, ReadsNorm, UnitVarianceInOneOp
from export.lowering.separable_attention import Attention

# Added to logits that a softmax must not see: exp of it is 0 in 16 bits and in 64.
BARRED = -1e4


class FeaturesRows(nn.Module):
    """Image less its mean `[1, S, S, 3]`, 0..255 -> last map `[1, S/32, S/32, C]`."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.stem = Spatial(plan.stem)
        side = plan.side_px // plan.stem.stride
        layers: list[nn.Module] = []
        for block in plan.blocks:
            if isinstance(block, Bottleneck):
                layers.append(BottleneckRows(block, side))
                side //= block.spatial.stride
            else:
                layers.append(BlockRows(block, side))
        self.layers, self.side = nn.Sequential(*layers), side

    def forward(self, image: Tensor) -> Tensor:
        rows = self.layers(rows_of(functional.silu(self.stem(image))))
        return map_of(rows, self.side)


def rows_of(cells: Tensor) -> Tensor:
    """Map `[1, H, W, C]` -> rows `[H*W, C]`."""
    return cells.reshape(-1, cells.shape[3])


def map_of(rows: Tensor, side: int) -> Tensor:
    """Rows `[side*side, C]` -> map `[1, side, side, C]`."""
    return rows.reshape(1, side, side, rows.shape[1])


class BottleneckRows(nn.Module):
    """Rows of a map of `side` -> rows of one of `side / stride`."""

    def __init__(self, block: Bottleneck, side: int) -> None:
        super().__init__()
        self.expand, self.spatial = Linear(block.expand), Spatial(block.spatial)
        self.project = optional_linear(block.project)
        self.skip, self.side = block.skip, side

    def forward(self, x: Tensor) -> Tensor:
        y = map_of(functional.silu(self.expand(x)), self.side)
        y = self.project(functional.silu(rows_of(self.spatial(y))))
        return x + y if self.skip else y


class BlockRows(ReadsNorm):
    """Rows `[side**2, in]` -> rows `[side**2, out]`."""

    def __init__(self, block: Block, side: int) -> None:
        super().__init__()
        self.spatial, self.enter, self.side = Spatial(block.spatial), Linear(block.enter), side
        self.transformers = nn.Sequential(*(TransformerRows(layer, side) for layer in block.transformers))
        self.norm, self.leave = UnitVarianceInOneOp(block.eps), optional_linear(block.leave)
        # A way out that has gone into the next block is not here to be scaled.
        self.norm_readers = () if block.leave is None else (NormReaders(self.norm, (self.leave,)),)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.silu(rows_of(self.spatial(map_of(x, self.side))))
        return self.leave(self.norm(self.transformers(self.enter(x))))


class TransformerRows(ReadsNorm):
    """Rows `[side**2, C]` -> the same shape."""

    def __init__(self, layer: Transformer, side: int) -> None:
        super().__init__()
        self.attention = AttentionRows(layer.attention, side)
        self.norm = UnitVarianceInOneOp(layer.eps)
        self.hidden, self.out = Linear(layer.hidden), Linear(layer.out)
        self.norm_readers = (NormReaders(self.norm, (self.hidden,)),)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        return x + self.out(functional.silu(self.hidden(self.norm(x))))


class AttentionRows(ReadsNorm):
    """Rows `[side**2, C]` -> what attention over the patches adds to them."""

    def __init__(self, attention: Attention, side: int) -> None:
        super().__init__()
        self.norm = UnitVarianceInOneOp(attention.eps)
        self.query, self.key = Linear(Matrix(attention.query, None)), Linear(attention.key)
        self.value, self.out = Linear(attention.value), Linear(attention.out)
        self.half, self.width = side // 2, attention.query.shape[1]
        # The key reads a weighted sum of the norm's rows, which is as linear.
        self.norm_readers = (NormReaders(self.norm, (self.query, self.key, self.value)),)
        self.register_buffer("others", others(side, attention.query.dtype))

    def forward(self, x: Tensor) -> Tensor:
        half, width = self.half, self.width
        x = self.norm(x)
        scores = functional.softmax(self.query(x).reshape(1, -1) + self.others, dim=-1)
        context = self.key(scores @ x).reshape(1, 2, 1, 2 * width)
        mixed = functional.relu(self.value(x)).reshape(half, 2, half, 2 * width) * context
        return self.out(mixed.reshape(-1, width))


def others(side: int, dtype: torch.dtype) -> Tensor:
    """`[4, side**2]`: 0 where a pixel has the position in its patch, `BARRED` where it has another."""
    position = torch.arange(side) % 2
    of_pixel = (2 * position[:, None] + position).reshape(1, -1)
    return torch.where(of_pixel == torch.arange(4)[:, None], 0.0, BARRED).to(dtype)
