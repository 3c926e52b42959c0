"""The learning rate over a training run, as a share of its peak."""

from __future__ import annotations

import math


def cosine_factor(progress: float, *, warmup: float, floor: float) -> float:
    """Linear from 0 to 1 while `progress` (0..1) is below `warmup`, then half a cosine down to `floor`.

    Without warm-up this is torch's CosineAnnealingLR with T_max = the whole run (Loshchilov and Hutter 2017, eq. 5).
    """
    if progress < warmup:
        return max(progress / warmup, 1e-3)
    rest = min((progress - warmup) / (1.0 - warmup), 1.0)
    return floor + (1.0 - floor) * 0.5 * (1.0 + math.cos(math.pi * rest))


def progress_of(*, step: int, steps: int, elapsed_s: float, budget_s: float) -> float:
    """How much of the run is behind: by steps, or by time where a time budget (0 = none) runs out sooner."""
    by_step = step / steps
    return min(max(by_step, elapsed_s / budget_s) if budget_s > 0 else by_step, 1.0)
