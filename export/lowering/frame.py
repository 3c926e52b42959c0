"""What every lowered model has around its features: the photo in, `logits` and `cam` out.

The mean colour is subtracted here, in 0..255; the scale 1 / (255 std) is in the first map of the features
(`fold_input_scale`), the temperature in the head. `cam` is the linear head at each cell of the last map, and since
pooling and head are both linear, its spatial mean is `logits`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from export.lowering.layers_nchw import Pointwise
from export.lowering.layers_nhwc import Linear, frozen
from export.lowering.maps import Matrix


class Frame(nn.Module):
    """Photo -> `logits` `[1, K]` and, where the head is linear, `cam` `[1, h, w, K]`."""

    def __init__(self, pixels: nn.Module, features: nn.Module, answers: nn.Module) -> None:
        super().__init__()
        self.pixels, self.features, self.answers = pixels, features, answers

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return self.answers(self.features(self.pixels(image)))


class BytesLessMean(nn.Module):
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


class PlanesLessMean(nn.Module):
    """`image` floating point `[1, 3, S, S]` in 0..255 -> the same less `mean` (of 0..1) in 0..255."""

    def __init__(self, mean: Sequence[float], side_px: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        shift = torch.tensor([255.0 * m for m in mean], dtype=dtype).reshape(1, 3, 1, 1)
        self.mean = frozen(shift) if any(mean) else None

    def forward(self, image: Tensor) -> Tensor:
        planes = image.to(self.dtype)
        return planes if self.mean is None else planes - self.mean


class CellsLast(nn.Module):
    """Map `[1, h, w, C]` -> `logits` and `cam`."""

    def __init__(self, head: Matrix) -> None:
        super().__init__()
        self.head = Linear(head)

    def forward(self, cells: Tensor) -> dict[str, Tensor]:
        cam = self.head(cells)
        return {"logits": cam.mean(dim=(1, 2)), "cam": cam}


class CellsFirst(nn.Module):
    """Map `[1, C, h, w]` -> `logits` and `cam`."""

    def __init__(self, head: Matrix) -> None:
        super().__init__()
        self.head = Pointwise(head)

    def forward(self, cells: Tensor) -> dict[str, Tensor]:
        cam = self.head(cells)
        return {"logits": cam.mean(dim=(2, 3)), "cam": cam.permute(0, 2, 3, 1)}


class LogitsOnly(nn.Module):
    """`[1, K]` before the temperature -> `logits`."""

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.factor = 1.0 / temperature

    def forward(self, logits: Tensor) -> dict[str, Tensor]:
        return {"logits": logits * self.factor}


class NamedAnswers(nn.Module):
    """Answers by name, `logits` before the temperature -> the same after it; phones read `logits` alone."""

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.factor = 1.0 / temperature

    def forward(self, answers: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: found * self.factor if name == "logits" else found for name, found in answers.items()}


def image_of(module: nn.Module, photo: np.ndarray) -> Tensor:
    """A photo uint8 `[S, S, 3]` as the lowered `module` takes it."""
    pixels = torch.from_numpy(np.ascontiguousarray(photo))[None]
    return pixels.permute(0, 3, 1, 2).float() if takes_planes(module) else pixels


def images_of(module: nn.Module, planes: Tensor) -> Tensor:
    """Photos `[B, 3, S, S]` in 0..255 as the lowered `module` takes them, one by one: `[B, 1, ...]`."""
    return (planes if takes_planes(module) else planes.permute(0, 2, 3, 1))[:, None]


def takes_planes(module: nn.Module) -> bool:
    """Whether `module` was lowered in the layout "nchw"."""
    return isinstance(getattr(module, "pixels", None), PlanesLessMean)
