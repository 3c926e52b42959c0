"""MobileViTv2 (Mehta and Rastegari 2022) as timm builds it, rewritten exactly with at most four axes.

The passes, and why in this order:
1. `fold_batch_norm` first: the affine of a block's last norm has to meet the *folded* `conv_proj` after it;
2. `fold_input_scale` into the folded stem;
3. `fold_norm`: each GroupNorm's affine into the linear map after it, while q, k and v are still one matrix;
4. q, k and v as three matrices (`separable_attention`): a split of a map would be a copy of it;
5. the bias of q is dropped: softmax does not see a constant added to all its logits;
6. k after the context sum instead of before (`separable_attention`): needs k on its own, so after 4;
7. `fold_linear_pair` where a block ends in a matrix and the next begins with one, and the last one into the head: after
   every other fold into those matrices;
8. a layout is chosen last: everything above is plain matrices.

A block attends, for each of the 4 positions in a 2x2 patch, over all patches. Nothing else in it cares how pixels are
ordered, so the map is never unfolded. That needs even maps in every stage: sides that are multiples of 64.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor, nn

from edge_app.runtime.errors import ConversionError
from export.lowering.fold_batch_norm import fold_batch_norm, fold_batch_norm_1x1
from export.lowering.fold_input_scale import fold_input_scale
from export.lowering.fold_linear_pair import fold_linear_pair, pays
from export.lowering.layer_norm import fold_norm
from export.lowering.maps import Convolution, Matrix
from export.lowering.separable_attention import Attention, attention_of

SIDE_MULTIPLE_PX = 64
PATCH_PX = (2, 2)


@dataclass(frozen=True)
class Bottleneck:
    """Widen, look around, narrow (unless the next block does it); `skip` adds the input."""

    expand: Matrix
    spatial: Convolution
    project: Matrix | None
    skip: bool


@dataclass(frozen=True)
class Transformer:
    """Attention, then a two-layer perceptron, each after a norm and beside a skip."""

    attention: Attention
    hidden: Matrix
    out: Matrix
    eps: float


@dataclass(frozen=True)
class Block:
    """Look around, enter the width of the transformers, leave it (unless the next block does it) after a last norm."""

    spatial: Convolution
    enter: Matrix
    transformers: tuple[Transformer, ...]
    leave: Matrix | None
    eps: float


@dataclass(frozen=True)
class Plan:
    """The whole network up to its last map; `side_px` of the image."""

    stem: Convolution
    blocks: tuple[Bottleneck | Block, ...]
    side_px: int


def features(model: nn.Module, *, side_px: int, layout: str, input_scale: Tensor) -> nn.Module:
    """Image less its mean, in 0..255 -> the map that the head pools (see `export.lowering` for shapes)."""
    plan = plan_of(model, side_px, input_scale)
    if layout == "nhwc":
        from export.lowering.mobilevitv2_nhwc import FeaturesNhwc

        return FeaturesNhwc(plan)
    if layout == "rows":
        from export.lowering.mobilevitv2_rows import FeaturesRows

        return FeaturesRows(plan)
    if layout == "nchw":
        from export.lowering.mobilevitv2_nchw import FeaturesNchw

        return FeaturesNchw(plan)
    raise ConversionError(f"mobilevitv2 has no {layout!r} layout; allowed are 'nhwc', 'rows' and 'nchw'")


def head(model: nn.Module) -> tuple[Tensor, Tensor]:
    """Weight `[K, C]` and bias `[K]` of the classifier over the pooled map; the last block's way out is part of it."""
    if not isinstance(model.head.fc, nn.Linear) or model.head.global_pool.pool_type != "avg":
        raise ConversionError("mobilevitv2: only average pooling and one linear classifier can be lowered")
    leave = _leave(model.stages[-1][-1])
    folded = fold_linear_pair(leave, Matrix(model.head.fc.weight, model.head.fc.bias))
    return folded.weight, folded.bias


def plan_of(model: nn.Module, side_px: int, input_scale: Tensor) -> Plan:
    """All passes but the layout."""
    if side_px < SIDE_MULTIPLE_PX or side_px % SIDE_MULTIPLE_PX:
        raise ConversionError(
            f"mobilevitv2: an input side of {side_px} px cannot be lowered exactly; allowed are multiples of "
            f"{SIDE_MULTIPLE_PX} (timm resizes odd maps); train with such a side_px"
        )
    blocks = [_block(block) for stage in model.stages for block in stage]
    for i in range(len(blocks) - 1):
        blocks[i : i + 2] = _folded(*blocks[i : i + 2])
    last = blocks[-1]
    if not isinstance(last, Block):
        raise ConversionError("mobilevitv2: the last block is no transformer block; allowed are timm's mobilevitv2_*")
    blocks[-1] = replace(last, leave=None)
    return Plan(fold_input_scale(fold_batch_norm(model.stem), input_scale), tuple(blocks), side_px)


def _folded(block: Bottleneck | Block, following: Bottleneck | Block) -> tuple[Bottleneck | Block, Bottleneck | Block]:
    """The same two blocks, with the last matrix of the first in the first matrix of the second where that is exact."""
    if not isinstance(following, Bottleneck) or following.skip:
        return block, following
    last = block.leave if isinstance(block, Block) else None if block.skip else block.project
    if last is None or not pays(last, following.expand):
        return block, following
    following = replace(following, expand=fold_linear_pair(last, following.expand))
    return (replace(block, leave=None) if isinstance(block, Block) else replace(block, project=None)), following


def _block(block: nn.Module) -> Bottleneck | Block:
    kind = type(block).__name__
    if kind == "BottleneckBlock":
        return _bottleneck(block)
    if kind == "MobileVitV2Block":
        return _mobilevit_block(block)
    raise ConversionError(f"mobilevitv2: a block of kind {kind} has no lowering; allowed are timm's own mobilevitv2_*")


def _bottleneck(block: nn.Module) -> Bottleneck:
    for name in ("conv2b_kxk", "attn", "attn_last", "act"):
        if not isinstance(getattr(block, name), nn.Identity):
            raise ConversionError(f"mobilevitv2: a bottleneck with its own {name} has no lowering; use timm's defaults")
    if not (block.shortcut is None or isinstance(block.shortcut, nn.Identity)):
        raise ConversionError("mobilevitv2: a bottleneck with a projecting skip has no lowering; use timm's defaults")
    return Bottleneck(
        expand=fold_batch_norm_1x1(block.conv1_1x1),
        spatial=fold_batch_norm(block.conv2_kxk),
        project=fold_batch_norm_1x1(block.conv3_1x1),
        skip=block.shortcut is not None,
    )


def _mobilevit_block(block: nn.Module) -> Block:
    if tuple(block.patch_size) != PATCH_PX:
        raise ConversionError(f"mobilevitv2: patches of {block.patch_size} px have no lowering; allowed are {PATCH_PX}")
    return Block(
        spatial=fold_batch_norm(block.conv_kxk),
        enter=Matrix(block.conv_1x1.weight.flatten(1), block.conv_1x1.bias),
        transformers=tuple(_transformer(layer) for layer in block.transformer),
        leave=_leave(block),
        eps=block.norm.eps,
    )


def _leave(block: nn.Module) -> Matrix:
    """The last norm's affine, `conv_proj` and its batch norm as one matrix."""
    projection = fold_batch_norm_1x1(block.conv_proj)
    return Matrix(*fold_norm(block.norm, projection.weight, projection.bias))


def _transformer(layer: nn.Module) -> Transformer:
    return Transformer(
        attention=attention_of(layer.norm1, layer.attn),
        hidden=Matrix(*fold_norm(layer.norm2, layer.mlp.fc1.weight.flatten(1), layer.mlp.fc1.bias)),
        out=Matrix(layer.mlp.fc2.weight.flatten(1), layer.mlp.fc2.bias),
        eps=layer.norm2.eps,
    )
