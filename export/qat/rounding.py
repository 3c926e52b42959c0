"""8 bits in training: numbers are rounded as the file rounds them, and gradients pass as if they were not.

Ranges learn, too. With s = (high - low) / 255 a number x inside becomes round(x / s) s, whose derivative by s is
round(x / s) - x / s; one outside becomes the end that it lies beyond, whose derivative by that end is 1 (Esser et al.
2020, "Learned Step Size Quantization", eq. 3, for two ends).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

LEVELS = 255
WEIGHT_LEVELS = 127
TINY = 1e-12


class RoundToRange(torch.autograd.Function):
    """x of any shape -> the nearest of 256 steps over `low`..`high` (numbers, low <= 0 <= high), 0 among them."""

    @staticmethod
    def forward(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
        step, zero = steps_of(low, high)
        return (codes_of(x, step, zero).clamp(0, LEVELS) - zero) * step

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (x, low, high), (gradient,) = ctx.saved_tensors, gradients
        step, zero = steps_of(low, high)
        codes = codes_of(x, step, zero)
        below, above = codes < 0, codes > LEVELS
        inside = ~(below | above)
        if not any(ctx.needs_input_grad[1:]):
            return gradient * inside, None, None
        by_step = (gradient * inside * (codes - zero - x / step)).sum() / LEVELS
        return gradient * inside, (gradient * below).sum() - by_step, (gradient * above).sum() + by_step

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], x: Tensor, low: Tensor, high: Tensor) -> tuple[Tensor, Any]:
        """A batch is rounded like one photo, with the same range."""
        return RoundToRange.apply(x, low, high), in_dims[0]  # type: ignore[no-untyped-call]


def steps_of(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Size of a step, and which of the 256 codes stands for 0."""
    step = ((high - low) / LEVELS).clamp(min=TINY)
    return step, torch.round(-low / step)


def codes_of(x: Tensor, step: Tensor, zero: Tensor) -> Tensor:
    """The code of each number, before those outside 0..255 are clipped."""
    return torch.round(x / step) + zero


def rounded_weight(weight: Tensor) -> Tensor:
    """`weight` `[out, ...]` in symmetric 8-bit steps, one size an output channel; its gradient passes unchanged."""
    largest = weight.detach().abs().flatten(1).amax(dim=1).clamp(min=TINY)
    step = (largest / WEIGHT_LEVELS).reshape(-1, *[1] * (weight.ndim - 1))
    rounded = torch.round(weight.detach() / step).clamp(-WEIGHT_LEVELS, WEIGHT_LEVELS) * step
    return weight + (rounded - weight.detach())
