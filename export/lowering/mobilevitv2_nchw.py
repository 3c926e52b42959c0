"""MobileViTv2 for ONNX Runtime and Core ML: channels first, rank 4, the map never unfolded.

Position (i, j) in a patch is (row parity, column parity). `[C, H/2, 2, W]` summed over its second axis and then
`[C, 2, W/2, 2]` over its third gives the context `[C, 2, 2]`; repeated along a row it is `[C, 1, 2, W]` and broadcasts
over the pairs of rows. Only the softmax, over one number a pixel, sees its operand permuted.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from export.lowering.layers_nchw import Pointwise, SpatialNchw, optional_pointwise
from export.lowering.maps import Matrix
from export.lowering.mobilevitv2 import Block, Bottleneck, Plan, Transformer
from export.lowering.norms import NormReaders, ReadsNorm, UnitVarianceInSteps
from export.lowering.separable_attention import Attention


class FeaturesNchw(nn.Module):
    """Image less its mean `[1, 3, S, S]`, 0..255 -> last map `[1, C, S/32, S/32]`."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.stem = SpatialNchw(plan.stem)
        side = plan.side_px // plan.stem.stride
        layers: list[nn.Module] = []
        for block in plan.blocks:
            if isinstance(block, Bottleneck):
                layers.append(BottleneckNchw(block))
                side //= block.spatial.stride
            else:
                layers.append(BlockNchw(block, side))
        self.layers = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(functional.silu(self.stem(image)))


class BottleneckNchw(nn.Module):
    """`[1, in, H, W]` -> `[1, out, H / stride, W / stride]`."""

    def __init__(self, block: Bottleneck) -> None:
        super().__init__()
        self.expand, self.spatial = Pointwise(block.expand), SpatialNchw(block.spatial)
        self.project = optional_pointwise(block.project)
        self.skip = block.skip

    def forward(self, x: Tensor) -> Tensor:
        y = functional.silu(self.spatial(functional.silu(self.expand(x))))
        return x + self.project(y) if self.skip else self.project(y)


class BlockNchw(ReadsNorm):
    """`[1, in, H, W]` -> `[1, out, H, W]`, H = W = `side`."""

    def __init__(self, block: Block, side: int) -> None:
        super().__init__()
        self.spatial, self.enter = SpatialNchw(block.spatial), Pointwise(block.enter)
        self.transformers = nn.Sequential(*(TransformerNchw(layer, side) for layer in block.transformers))
        self.leave, self.norm = optional_pointwise(block.leave), UnitVarianceInSteps(block.eps)
        # A way out that has gone into the next block is not here to be scaled.
        self.norm_readers = () if block.leave is None else (NormReaders(self.norm, (self.leave,)),)

    def forward(self, x: Tensor) -> Tensor:
        x = self.transformers(self.enter(functional.silu(self.spatial(x))))
        return self.leave(self.norm(x))


class TransformerNchw(ReadsNorm):
    """`[1, C, H, W]` -> the same shape."""

    def __init__(self, layer: Transformer, side: int) -> None:
        super().__init__()
        self.attention = AttentionNchw(layer.attention, side)
        self.hidden, self.out, self.norm = Pointwise(layer.hidden), Pointwise(layer.out), UnitVarianceInSteps(layer.eps)
        self.norm_readers = (NormReaders(self.norm, (self.hidden,)),)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        return x + self.out(functional.silu(self.hidden(self.norm(x))))


class AttentionNchw(ReadsNorm):
    """`[1, C, H, W]` -> what attention over the patches adds to it."""

    def __init__(self, attention: Attention, side: int) -> None:
        super().__init__()
        self.query, self.key = Pointwise(Matrix(attention.query, None)), Pointwise(attention.key)
        self.value, self.out = Pointwise(attention.value), Pointwise(attention.out)
        self.half, self.width, self.norm = side // 2, attention.query.shape[1], UnitVarianceInSteps(attention.eps)
        # The key reads a weighted sum of the norm's pixels, which is as linear.
        self.norm_readers = (NormReaders(self.norm, (self.query, self.key, self.value)),)

    def forward(self, x: Tensor) -> Tensor:
        half, width = self.half, self.width
        x = self.norm(x)
        context = self.key(self._pooled(x)).reshape(width, 2, 1, 2)
        row = context.repeat(1, 1, half, 1).reshape(width, 1, 2, 2 * half)
        mixed = functional.relu(self.value(x)).reshape(width, half, 2, 2 * half) * row
        return self.out(mixed.reshape(1, width, 2 * half, 2 * half))

    def _scores(self, x: Tensor) -> Tensor:
        """Softmax over the patches for each position: `[1, C, H, W]` -> `[1, 1, H, W]`."""
        half = self.half
        logits = self.query(x).reshape(half, 2, half, 2).permute(1, 3, 0, 2).reshape(1, 1, 4, half * half)
        scores = functional.softmax(logits, dim=-1).reshape(2, 2, half, half).permute(2, 0, 3, 1)
        return scores.reshape(1, 1, 2 * half, 2 * half)

    def _pooled(self, x: Tensor) -> Tensor:
        """Sum over the patches, weighted by their scores, for each position: `[1, C, H, W]` -> `[1, C, 2, 2]`."""
        half, width = self.half, self.width
        if half == 1:
            return x  # a single patch has all the attention
        rows = (x * self._scores(x)).reshape(width, half, 2, 2 * half).sum(dim=1)
        return rows.reshape(width, 2, half, 2).sum(dim=2).reshape(1, width, 2, 2)
