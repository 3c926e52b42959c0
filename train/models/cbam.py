"""Convolutional block attention: which channels count, then which places (Woo et al. 2018, ECCV, eq. 1 to 3)."""

from __future__ import annotations

import torch
from torch import nn

REDUCTION = 16
KERNEL = 7


class Cbam(nn.Module):
    """A map [B, C, h, w] times its channel weights [B, C, 1, 1] and then its place weights [B, 1, h, w], each 0..1."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = max(channels // REDUCTION, 1)
        self.shared = nn.Sequential(nn.Linear(channels, inner), nn.ReLU(), nn.Linear(inner, channels))
        self.place = nn.Conv2d(2, 1, KERNEL, padding=KERNEL // 2)

    def forward(self, cells: torch.Tensor) -> torch.Tensor:
        """The weighted map."""
        refined = cells * self.channel_weights(cells)[:, :, None, None]
        return refined * self.place_weights(refined)

    def channel_weights(self, cells: torch.Tensor, shift: torch.Tensor | float = 0.0) -> torch.Tensor:
        """[B, C]: sigmoid of one small network on the mean plus the same on the maximum over places (eq. 2), plus
        `shift` [B, C].
        """
        return torch.sigmoid(self.shared(cells.mean((2, 3))) + self.shared(cells.amax((2, 3))) + shift)

    def place_weights(self, refined: torch.Tensor, shift: torch.Tensor | float = 0.0) -> torch.Tensor:
        """[B, 1, h, w]: sigmoid of a 7 x 7 convolution of the mean and the maximum over channels (eq. 3), plus `shift`
        [B, 1, h, w].
        """
        both = torch.cat([refined.mean(1, keepdim=True), refined.amax(1, keepdim=True)], dim=1)
        return torch.sigmoid(self.place(both) + shift)
