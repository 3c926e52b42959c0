"""The frame of channels-first models: Core ML hands over planes of numbers, ONNX Runtime the photo's bytes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from export.lowering.layers_nchw import Pointwise
from export.lowering.layers_nhwc import frozen
from export.lowering.maps import Matrix


class FrameNchw(nn.Module):
    """`image` float `[1, 3, S, S]` in 0..255 -> `logits` `[1, K]` and `cam` `[1, h, w, K]`."""

    def __init__(self, features: nn.Module, head: Matrix, *, mean: Sequence[float], side_px: int) -> None:
        super().__init__()
        self.features, self.head, self.side_px = features, Pointwise(head), side_px
        shift = torch.tensor([255.0 * m for m in mean], dtype=head.weight.dtype).reshape(1, 3, 1, 1)
        self.mean = frozen(shift) if any(mean) else None

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        planes = image.to(self.head.weight.dtype)
        cam = self.head(self.features(planes if self.mean is None else planes - self.mean))
        return {"logits": cam.mean(dim=(2, 3)), "cam": cam.permute(0, 2, 3, 1)}


class FrameNchwBytes(FrameNchw):
    """As `FrameNchw`, of `image` uint8 `[1, S, S, 3]`."""

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return super().forward(image.permute(0, 3, 1, 2))
