"""MobileViTv2 for XNNPACK: channels last, pooling and broadcasting by reshapes, rank 4.

Position (i, j) in a patch is (row parity, column parity). Row-major reshapes alone bring it out:
`[1, H, W, C]` is `[H/2, 2, W/2, 2C]`, so a context `[1, 2, 1, 2C]` broadcasts over patches, and summing
`[1, H/2, 2W, C]` over its second and then `[1, 2, W/2, 2C]` over its third axis gives one. Only the softmax, over one
number a pixel, sees its operand permuted.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from export.lowering.layers_nhwc import Linear, Spatial, optional_linear
from export.lowering.maps import Matrix
from export.lowering.mobilevitv2 import Block, Bottleneck, Plan, Transformer
from export.lowering.norms import NormReaders, ReadsNorm, UnitVariance
from export.lowering.separable_attention import Attention


class FeaturesNhwc(nn.Module):
    """Image less its mean `[1, S, S, 3]`, 0..255 -> last map `[1, S/32, S/32, C]`."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.stem = Spatial(plan.stem)
        side = plan.side_px // plan.stem.stride
        layers: list[nn.Module] = []
        for block in plan.blocks:
            if isinstance(block, Bottleneck):
                layers.append(BottleneckNhwc(block))
                side //= block.spatial.stride
            else:
                layers.append(BlockNhwc(block, side))
        self.layers = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(functional.silu(self.stem(image)))


class BottleneckNhwc(nn.Module):
    """`[1, H, W, in]` -> `[1, H / stride, W / stride, out]`."""

    def __init__(self, block: Bottleneck) -> None:
        super().__init__()
        self.expand, self.spatial = Linear(block.expand), Spatial(block.spatial)
        self.project = optional_linear(block.project)
        self.skip = block.skip

    def forward(self, x: Tensor) -> Tensor:
        y = functional.silu(self.spatial(functional.silu(self.expand(x))))
        return x + self.project(y) if self.skip else self.project(y)


class BlockNhwc(ReadsNorm):
    """`[1, H, W, in]` -> `[1, H, W, out]`, H = W = `side`."""

    def __init__(self, block: Block, side: int) -> None:
        super().__init__()
        self.spatial, self.enter = Spatial(block.spatial), Linear(block.enter)
        self.transformers = nn.Sequential(*(TransformerNhwc(layer, side) for layer in block.transformers))
        self.leave, self.norm = optional_linear(block.leave), UnitVariance(block.eps)
        # A way out that has gone into the next block is not here to be scaled.
        self.norm_readers = () if block.leave is None else (NormReaders(self.norm, (self.leave,)),)

    def forward(self, x: Tensor) -> Tensor:
        x = self.transformers(self.enter(functional.silu(self.spatial(x))))
        return self.leave(self.norm(x))


class TransformerNhwc(ReadsNorm):
    """`[1, H, W, C]` -> the same shape."""

    def __init__(self, layer: Transformer, side: int) -> None:
        super().__init__()
        self.attention = AttentionNhwc(layer.attention, side)
        self.hidden, self.out, self.norm = Linear(layer.hidden), Linear(layer.out), UnitVariance(layer.eps)
        self.norm_readers = (NormReaders(self.norm, (self.hidden,)),)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        return x + self.out(functional.silu(self.hidden(self.norm(x))))


class AttentionNhwc(ReadsNorm):
    """`[1, H, W, C]` -> what attention over the patches adds to it."""

    def __init__(self, attention: Attention, side: int) -> None:
        super().__init__()
        self.query, self.key = Linear(Matrix(attention.query, None)), Linear(attention.key)
        self.value, self.out = Linear(attention.value), Linear(attention.out)
        self.half, self.width, self.norm = side // 2, attention.query.shape[1], UnitVariance(attention.eps)
        # The key reads a weighted sum of the norm's pixels, which is as linear.
        self.norm_readers = (NormReaders(self.norm, (self.query, self.key, self.value)),)

    def forward(self, x: Tensor) -> Tensor:
        half, width = self.half, self.width
        x = self.norm(x)
        context = self.key(self._pooled(x)).reshape(1, 2, 1, 2 * width)
        mixed = functional.relu(self.value(x)).reshape(half, 2, half, 2 * width) * context
        return self.out(mixed.reshape(1, 2 * half, 2 * half, width))

    def _scores(self, x: Tensor) -> Tensor:
        """Softmax over the patches for each position: `[1, H, W, C]` -> `[1, H, W, 1]`."""
        half = self.half
        logits = self.query(x).reshape(half, 2, half, 2).permute(1, 3, 0, 2).reshape(1, 1, 4, half * half)
        scores = functional.softmax(logits, dim=-1).reshape(2, 2, half, half).permute(2, 0, 3, 1)
        return scores.reshape(1, 2 * half, 2 * half, 1)

    def _pooled(self, x: Tensor) -> Tensor:
        """Sum over the patches, weighted by their scores, for each position: `[1, H, W, C]` -> `[1, 2, 2, C]`."""
        half, width = self.half, self.width
        if half == 1:
            return x  # a single patch has all the attention
        rows = (x * self._scores(x)).reshape(1, half, 4 * half, width).sum(dim=1, keepdim=True)
        return rows.reshape(1, 2, half, 2 * width).sum(dim=2, keepdim=True).reshape(1, 2, 2, width)
