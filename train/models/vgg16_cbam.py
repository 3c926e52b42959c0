"""The flat model of "How Important Is Each Dermoscopy Image?" (section 4.1): VGG-16, CBAM, one linear layer."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import nn

from train.models.cbam import Cbam

CHANNELS = 512


class Vgg16Cbam(nn.Module):
    """VGG-16's convolutions [B, 3, S, S] -> [B, 512, S/32, S/32], CBAM behind the last pool, mean, dropout, linear."""

    pretrained_cfg: dict[str, Any] = {"classifier": "fc"}  # noqa: RUF012 (as timm's networks say it)

    def __init__(self, classes: int, drop: float) -> None:
        super().__init__()
        self.features = timm.create_model("vgg16", pretrained=False, num_classes=0).features
        self.attention = Cbam(CHANNELS)
        self.drop = nn.Dropout(drop)
        self.fc = nn.Linear(CHANNELS, classes)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        """The map that the head pools."""
        return self.attention(self.features(images))

    def forward_head(self, cells: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """Logits [B, K] of a map, or the features [B, 512] before the linear layer."""
        pooled = self.drop(cells.mean((2, 3)))
        return pooled if pre_logits else self.fc(pooled)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits [B, K] of normalised images [B, 3, S, S]."""
        return self.forward_head(self.forward_features(images))

    def looks(self, images: torch.Tensor) -> list[tuple[str, torch.Tensor]]:
        """The place weights and the map of the channel of highest weight: [B, h, w] each."""
        cells = self.features(images)
        channels = self.attention.channel_weights(cells)
        places = self.attention.place_weights(cells * channels[:, :, None, None])
        return [("places", places[:, 0]), ("best channel", cells[torch.arange(len(cells)), channels.argmax(1)])]

    def get_classifier(self) -> nn.Module:
        """The linear layer."""
        return self.fc


def vgg16_cbam(classes: int, drop: float) -> nn.Module:
    """The network for `classes`, untrained."""
    return Vgg16Cbam(classes, drop)
