"""What every lowered model has around its features: the photo's bytes in, `logits` and `cam` out.

The mean colour is subtracted here, in 0..255; the scale 1 / (255 std) is in the first map of the features
(`fold_input_scale`), the temperature in the head. `cam` is the linear head at each cell of the last map, and since
pooling and head are both linear, its spatial mean is `logits`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from export.lowering.layers_nhwc import Linear, frozen
from export.lowering.maps import Matrix


class LessMean(nn.Module):
    """`image` uint8 `[1, S, S, 3]` -> the same in floating point, less `mean` (of 0..1) in 0..255."""

    def __init__(self, mean: Sequence[float], side_px: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype, self.shape = dtype, (1, side_px, side_px, 3)
        row = torch.tensor([255.0 * m for m in mean] * side_px, dtype=dtype)
        self.row = frozen(row) if any(mean) else None

    def forward(self, image: Tensor) -> Tensor:
        pixels = image.to(self.dtype)
        if self.row is None:
            return pixels
        # Row by row: a broadcast over 3 channels is 3 numbers to a call in XNNPACK, over a row it is 3 S.
        return (pixels.reshape(1, 1, self.shape[1], -1) - self.row).reshape(self.shape)


class FrameNhwc(nn.Module):
    """`image` uint8 `[1, S, S, 3]` -> `logits` `[1, K]` and `cam` `[1, h, w, K]`, float32."""

    def __init__(self, features: nn.Module, head: Matrix, *, mean: Sequence[float], side_px: int) -> None:
        super().__init__()
        self.pixels = LessMean(mean, side_px, head.weight.dtype)
        self.features, self.head = features, Linear(head)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        cam = self.head(self.features(self.pixels(image)))
        return {"logits": cam.mean(dim=(1, 2)), "cam": cam}


class LogitsFrameNhwc(nn.Module):
    """`image` uint8 `[1, S, S, 3]` -> `logits` `[1, K]`, of features that are the logits before the temperature."""

    def __init__(
        self, features: nn.Module, *, temperature: float, mean: Sequence[float], side_px: int, dtype: torch.dtype
    ) -> None:
        super().__init__()
        self.pixels, self.features, self.factor = LessMean(mean, side_px, dtype), features, 1.0 / temperature

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {"logits": self.features(self.pixels(image)) * self.factor}
