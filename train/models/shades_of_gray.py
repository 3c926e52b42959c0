"""Colour constancy by Shades of Gray (Finlayson and Trezzi 2004), as dermoscopy uses it (Barata et al. 2014).

It is the first layer of the network, so training, evaluation and every exported file do it alike, and the phone's photo
contract stays what it is. It sees the photo as it is cropped.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

SHADES = "shades_of_gray"
# The norm's exponent; 6 is what both sources found best.
EXPONENT = 6
DARKEST = 1e-4


class ShadesOfGray(nn.Module):
    """Normalised images [B, 3, S, S] -> the same with the light's colour taken out, normalised again.

    The light of channel c is e_c = (mean of I_c^6)^(1/6), e scaled to length 1; I_c becomes I_c / (sqrt(3) e_c), at
    most 1.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(list(mean)).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(list(std)).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        pixels = (images * self.std + self.mean).clamp(0.0, 1.0)
        return (balanced(pixels) - self.mean) / self.std


def balanced(pixels: Tensor) -> Tensor:
    """`pixels` [B, 3, S, S] in 0..1 without the colour of the light."""
    squares = pixels * pixels
    light = (squares * squares * squares).mean((2, 3), keepdim=True).clamp_min(DARKEST**EXPONENT) ** (1.0 / EXPONENT)
    # sqrt(3) e_c / |e| is the channel's light over the root mean square of the three.
    gains = (light * light).mean(1, keepdim=True).sqrt() / light
    return (pixels * gains).clamp_max(1.0)


class EvensColours:
    """What a network class gets in front of itself: the layer, ahead of `forward_features`."""

    def forward_features(self, images: Tensor) -> Tensor:
        """The network's features of the evened image."""
        return super().forward_features(self.balance(images))  # type: ignore[misc, attr-defined]


def with_even_colours(model: nn.Module, mean: Sequence[float], std: Sequence[float]) -> nn.Module:
    """`model` with the layer in front. Its weights keep their names: the layer has none."""
    model.balance = ShadesOfGray(mean, std)
    kind = type(model)
    model.__class__ = type(kind.__name__, (EvensColours, kind), {})
    return model
