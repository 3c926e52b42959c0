"""Swin Transformer (Liu et al. 2021) as timm builds it, rewritten exactly with at most four axes.

The steps, and why in this order:
1. the affine of each LayerNorm goes into the linear map after it (`layer_norm`), while q, k and v are still one matrix;
2. q, k and v become three matrices: one matrix and a split of its output would need a fifth axis;
3. the attention scale goes into q, which has its share of the affine by then;
4. relative-position bias and shift mask become one constant a block: no gather is left;
5. tokens are rows `[H*W, C]` throughout, each block's in the order of its windows (`swin_windows`): residual stream,
   norms and matrices do not care how rows are ordered.
There is nothing but matrix products over the last axis, so between the photo and the last map layouts do not differ.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge_app.runtime.errors import ConversionError
from export.lowering.layer_norm import Normalise, fold_norm
from export.lowering.layers_nhwc import Linear, frozen
from export.lowering.maps import Matrix
from export.lowering.norms import NormReaders, ReadsNorm
from export.lowering.swin_windows import Windows, reordered, whole

# Tokens `[h*w, C]`, h and w -> the map.
MapOf = Callable[[Tensor, int, int], Tensor]


def features(model: nn.Module, *, side_px: int, layout: str, input_scale: Tensor) -> nn.Module:
    """Image less its mean, in 0..255 -> the last map without the affine of the last norm (see `export.lowering`)."""
    if tuple(model.patch_embed.img_size) != (side_px, side_px):
        raise ConversionError(f"swin: the model takes {model.patch_embed.img_size} px, its card says {side_px} px")
    embed, map_of = LAYOUTS[layout]
    return SwinFeatures(model, embed(model.patch_embed, input_scale), map_of)


def head(model: nn.Module) -> tuple[Tensor, Tensor]:
    """Weight `[K, C]` and bias `[K]` of the classifier over the pooled map, with the affine of the last norm."""
    if not isinstance(model.head.fc, nn.Linear) or model.head.global_pool.pool_type != "avg":
        raise ConversionError("swin: only average pooling and one linear classifier can be lowered")
    return fold_norm(model.norm, model.head.fc.weight, model.head.fc.bias)


class SwinFeatures(nn.Module):
    """Image less its mean, 0..255, as `embed` takes it -> last map, as `map_of` lays it out."""

    def __init__(self, model: nn.Module, embed: nn.Module, map_of: MapOf) -> None:
        super().__init__()
        side = model.patch_embed.grid_size
        layers: list[nn.Module] = [embed]
        order = whole(side[0], side[1], model.embed_dim)
        for stage in model.layers:
            if not isinstance(stage.downsample, nn.Identity):
                merge = PatchMerge(stage.downsample, side)
                layers += [reordered(order, merge.cells), merge]
                side = (side[0] // 2, side[1] // 2)
                order = whole(side[0], side[1], merge.out_channels)
            for block in stage.blocks:
                windows = windows_of(block, side)
                layers += [reordered(order, windows), Block(block, windows)]
                order = windows
        layers.append(reordered(order, whole(side[0], side[1], model.num_features)))
        self.layers = nn.Sequential(*layers)
        self.side, self.map_of = side, map_of
        self.norm = Normalise(model.num_features, model.norm.eps)

    def forward(self, image: Tensor) -> Tensor:
        return self.map_of(self.norm(self.layers(image)), *self.side)


def map_of_rows(tokens: Tensor, rows: int, columns: int) -> Tensor:
    """Tokens `[h*w, C]` -> map `[1, h, w, C]`."""
    return tokens.reshape(1, rows, columns, tokens.shape[1])


def map_of_planes(tokens: Tensor, rows: int, columns: int) -> Tensor:
    """Tokens `[h*w, C]` -> map `[1, C, h, w]`."""
    return tokens.transpose(0, 1).reshape(1, tokens.shape[1], rows, columns)


class PatchEmbed(nn.Module):
    """Image `[1, S, S, 3]` -> tokens `[(S/p)**2, C]`: each patch as one row, times one matrix.

    Before: a p x p convolution of stride p on NCHW, then NHWC again. After: the patches side by side, a linear map.
    """

    def __init__(self, embed: nn.Module, input_scale: Tensor) -> None:
        super().__init__()
        (self.rows, self.columns), (self.patch, _) = embed.grid_size, embed.patch_size
        weight = embed.proj.weight * input_scale.to(embed.proj.weight).reshape(1, 3, 1, 1)
        self.proj = Linear(Matrix(weight.permute(0, 2, 3, 1).flatten(1), embed.proj.bias))
        self.norm = _affine_norm(embed.norm)

    def forward(self, image: Tensor) -> Tensor:
        patch, rows, columns = self.patch, self.rows, self.columns
        cells = image.reshape(rows, patch, columns, patch * 3).permute(0, 2, 1, 3)
        return self.norm(self.proj(cells.reshape(rows * columns, patch * patch * 3)))


class PlanesEmbed(nn.Module):
    """Planes `[1, 3, S, S]` -> tokens `[(S/p)**2, C]`: the convolution as it is, and its map as rows."""

    def __init__(self, embed: nn.Module, input_scale: Tensor) -> None:
        super().__init__()
        self.weight = frozen(embed.proj.weight * input_scale.to(embed.proj.weight).reshape(1, 3, 1, 1))
        self.bias, self.stride = frozen(embed.proj.bias), embed.patch_size
        self.norm = _affine_norm(embed.norm)

    def forward(self, image: Tensor) -> Tensor:
        cells = functional.conv2d(image, self.weight, self.bias, stride=self.stride)
        return self.norm(cells.reshape(cells.shape[1], -1).transpose(0, 1))


class Affine(nn.Module):
    """Rows times `weight` plus `bias`: what is left of a norm that no linear map follows."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = frozen(weight), frozen(bias)

    def forward(self, rows: Tensor) -> Tensor:
        return rows * self.weight + self.bias


class PatchMerge(ReadsNorm):
    """Tokens `[H*W, C]` in the order of `cells` -> `[H*W/4, out]` in image order.

    Each 2x2 neighbourhood is one row, normalised, times one matrix.
    """

    def __init__(self, merge: nn.Module, side: tuple[int, int]) -> None:
        super().__init__()
        if side[0] % 2 or side[1] % 2:
            raise ConversionError(
                f"swin: a {side[0]}x{side[1]} map cannot be merged 2x2 without padding; use an input side "
                f"whose maps stay even until the last stage, such as 224"
            )
        self.cells = Windows(height=side[0], width=side[1], channels=merge.dim, window=(2, 2), shift=(0, 0))
        self.norm = Normalise(4 * merge.dim, merge.norm.eps)
        weight, bias = fold_norm(merge.norm, merge.reduction.weight, merge.reduction.bias)
        # timm orders a neighbourhood (column, row, channel); here it is (row, column, channel), as it lies in memory.
        weight = weight.reshape(-1, 2, 2, merge.dim).transpose(1, 2).flatten(1)
        self.reduction, self.out_channels = Linear(Matrix(weight, bias)), weight.shape[0]
        self.norm_readers = (NormReaders(self.norm, (self.reduction,)),)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.reduction(self.norm(tokens.reshape(self.cells.count, 4 * self.cells.channels)))


def windows_of(block: nn.Module, side: tuple[int, int]) -> Windows:
    """The windows of a block on a map of `side`."""
    window, shift = tuple(block.window_size), tuple(block.shift_size)
    if side[0] % window[0] or side[1] % window[1]:
        raise ConversionError(
            f"swin: a {side[0]}x{side[1]} map does not divide into {window[0]}x{window[1]} windows; "
            f"use an input side that does, such as 224 with window 7"
        )
    return Windows(height=side[0], width=side[1], channels=block.dim, window=window, shift=shift)


class Block(ReadsNorm):
    """Tokens `[H*W, C]` in window order: attention within windows, then a two-layer perceptron, each beside a skip."""

    def __init__(self, block: nn.Module, windows: Windows) -> None:
        super().__init__()
        self.norm1, self.norm2 = Normalise(block.dim, block.norm1.eps), Normalise(block.dim, block.norm2.eps)
        self.attention = Attention(block, windows)
        self.fc1 = Linear(Matrix(*fold_norm(block.norm2, block.mlp.fc1.weight, block.mlp.fc1.bias)))
        self.act = block.mlp.act
        self.fc2 = Linear(Matrix(block.mlp.fc2.weight, block.mlp.fc2.bias))
        self.norm_readers = (
            NormReaders(self.norm1, (self.attention.q, self.attention.k, self.attention.v)),
            NormReaders(self.norm2, (self.fc1,)),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.norm1(tokens))
        hidden = self.act(self.fc1(self.norm2(tokens)))
        return tokens + self.fc2(hidden)


class Attention(nn.Module):
    """Normalised tokens `[H*W, C]` in window order -> what attention within each window adds to them."""

    def __init__(self, block: nn.Module, windows: Windows) -> None:
        super().__init__()
        attention = block.attn
        self.windows, self.heads = windows, attention.num_heads
        weight, bias = fold_norm(block.norm1, attention.qkv.weight, attention.qkv.bias)
        (q_weight, k_weight, v_weight), (q_bias, k_bias, v_bias) = weight.chunk(3), bias.chunk(3)
        self.head_dim = q_weight.shape[0] // self.heads
        self.q = Linear(Matrix(q_weight * attention.scale, q_bias * attention.scale))
        self.k = Linear(Matrix(k_weight, k_bias))
        self.v = Linear(Matrix(v_weight, v_bias))
        self.proj = Linear(Matrix(attention.proj.weight, attention.proj.bias))
        self.register_buffer("bias", position_bias(block))

    def forward(self, tokens: Tensor) -> Tensor:
        q, k, v = self._split(self.q(tokens)), self._split(self.k(tokens)), self._split(self.v(tokens))
        scores = functional.softmax(q @ k.transpose(2, 3) + self.bias, dim=-1)
        mixed = (scores @ v).permute(0, 2, 1, 3)
        return self.proj(mixed.reshape(-1, self.heads * self.head_dim))

    def _split(self, rows: Tensor) -> Tensor:
        """`[windows*area, heads*d]` -> `[windows, heads, area, d]`."""
        shape = (self.windows.count, self.windows.area, self.heads, self.head_dim)
        return rows.reshape(shape).permute(0, 2, 1, 3)


def position_bias(block: nn.Module) -> Tensor:
    """Relative-position bias plus shift mask: `[1 or windows, heads, area, area]`, a constant of the block."""
    with torch.no_grad():
        bias = block.attn._get_rel_pos_bias().detach().clone()
        mask = block.attn_mask
        return bias if mask is None else bias + mask.to(bias.dtype).unsqueeze(1)


def _affine_norm(norm: nn.Module) -> nn.Module:
    """The norm of the patch embedding, whose output is the residual stream itself: its affine has to stay."""
    if isinstance(norm, nn.Identity):
        return norm
    return nn.Sequential(Normalise(norm.weight.shape[0], norm.eps), Affine(norm.weight, norm.bias))


# How the photo becomes tokens, and tokens the last map.
LAYOUTS: dict[str, tuple[type[nn.Module], MapOf]] = {
    "nhwc": (PatchEmbed, map_of_rows),
    "rows": (PatchEmbed, map_of_rows),
    "nchw": (PlanesEmbed, map_of_planes),
}
