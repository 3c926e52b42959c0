"""Window partition, its inverse and the cyclic shift, on tokens of rank 2 and with every size a Python int.

Before (timm): `[B, H, W, C]` viewed with six axes, permuted, viewed back; `torch.roll` on two axes; sizes read from the
tensor, which tracing records as integer ops that coremltools and onnxruntime's shape inference give up on.
After: a partition is `[H/wh, wh, W/ww, ww*C]` with the two middle axes exchanged: rank 4, and each run that moves is
`ww*C` numbers long. A roll is two slices and a concatenation per axis, on the view `[H, W*C]`. Tokens go from the order
of one block straight to that of the next, which ONNX has one op for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn


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


def whole(height: int, width: int, channels: int) -> Windows:
    """Image order: one window, the whole map."""
    return Windows(height=height, width=width, channels=channels, window=(height, width), shift=(0, 0))


def reordered(before: Windows, after: Windows) -> nn.Module:
    """What takes tokens `[H*W, C]` from the order of `before` to that of `after`."""
    return nn.Identity() if before == after else Reorder(before, after)


class Reorder(nn.Module):
    """Tokens `[H*W, C]` in the order of `before` -> the same in the order of `after`."""

    def __init__(self, before: Windows, after: Windows) -> None:
        super().__init__()
        self.before, self.after = before, after

    def forward(self, tokens: Tensor) -> Tensor:
        return self.after.partition(self.before.reverse(tokens))

    def one_op(self) -> nn.Module:
        """The same as a look-up of rows."""
        places = torch.arange(self.before.height * self.before.width).reshape(-1, 1)
        return Rows(Reorder(replace(self.before, channels=1), replace(self.after, channels=1))(places).flatten())


class Rows(nn.Module):
    """`[N, C]` -> its rows `places` `[N]`."""

    def __init__(self, places: Tensor) -> None:
        super().__init__()
        self.register_buffer("places", places)

    def forward(self, rows: Tensor) -> Tensor:
        return rows[self.places]


def _rotate(rows: Tensor, start: int, length: int, dim: int) -> Tensor:
    """The matrix of `length` along `dim` beginning at `start`, its head appended at its tail."""
    if start == 0:
        return rows
    return torch.cat([rows.narrow(dim, start, length - start), rows.narrow(dim, 0, start)], dim=dim)
