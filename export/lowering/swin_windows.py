"""Window partition, its inverse and the cyclic shift, on tokens of rank 2 and with every size a Python int.

Before (timm): `[B, H, W, C]` viewed with six axes, permuted, viewed back; `torch.roll` on two axes; sizes read from the
tensor, which tracing records as integer ops that coremltools and onnxruntime's shape inference give up on.
After: a partition is `[H/wh, wh, W/ww, ww*C]` with the two middle axes exchanged: rank 4, and each run that moves is
`ww*C` numbers long. A roll is two slices and a concatenation per axis, on the view `[H, W*C]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How the `height` x `width` cells of a map with `channels` are cut into windows, and how far they are shifted."""

    height: int
    width: int
    channels: int
    window: tuple[int, int]
    shift: tuple[int, int]

    @property
    def count(self) -> int:
        return (self.height // self.window[0]) * (self.width // self.window[1])

    @property
    def area(self) -> int:
        return self.window[0] * self.window[1]

    def partition(self, tokens: Tensor) -> Tensor:
        """Rows `[H*W, C]` in image order -> `[H*W, C]` in window order, after shifting up and left."""
        tokens = self._roll(tokens, self.shift[0], self.shift[1])
        if self.count == 1:
            return tokens
        (wh, ww), (h, w), c = self.window, (self.height, self.width), self.channels
        return tokens.reshape(h // wh, wh, w // ww, ww * c).permute(0, 2, 1, 3).reshape(h * w, c)

    def reverse(self, tokens: Tensor) -> Tensor:
        """The inverse of `partition`."""
        (wh, ww), (h, w), c = self.window, (self.height, self.width), self.channels
        if self.count > 1:
            tokens = tokens.reshape(h // wh, w // ww, wh, ww * c).permute(0, 2, 1, 3).reshape(h * w, c)
        return self._roll(tokens, -self.shift[0], -self.shift[1])

    def _roll(self, tokens: Tensor, up: int, left: int) -> Tensor:
        """Rows `[H*W, C]` moved up and left by that many cells, around the edges."""
        if up == 0 and left == 0:
            return tokens
        rows = tokens.reshape(self.height, self.width * self.channels)
        rows = _rotate(rows, up % self.height, self.height, dim=0)
        rows = _rotate(rows, (left % self.width) * self.channels, self.width * self.channels, dim=1)
        return rows.reshape(self.height * self.width, self.channels)


def _rotate(rows: Tensor, start: int, length: int, dim: int) -> Tensor:
    """The matrix of `length` along `dim` beginning at `start`, its head appended at its tail."""
    if start == 0:
        return rows
    return torch.cat([rows.narrow(dim, start, length - start), rows.narrow(dim, 0, start)], dim=dim)
