"""A plain vision transformer that a CPU trains on hundreds of photos: 64 patches, four blocks of width 96."""

from __future__ import annotations

from timm.models.vision_transformer import VisionTransformer
from torch import nn


def vit_mini_patch16_128(classes: int, drop: float) -> nn.Module:
    """The network for `classes`, untrained; 0.5 million weights at 128 px, other sides are taken, too."""
    model = VisionTransformer(
        img_size=128, patch_size=16, num_classes=classes, embed_dim=96, depth=4, num_heads=4, mlp_ratio=4.0,
        drop_rate=drop, dynamic_img_size=True,
    )  # fmt: skip
    model.pretrained_cfg = {"classifier": "head"}
    return model
