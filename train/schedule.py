"""The learning rate over a training run, as a share of its peak."""

from __future__ import annotations

import math
from collections.abc import Sequence

from train.sections import Schedule

# How much lower, relatively, a validation loss must be to count as lower (torch's ReduceLROnPlateau).
BETTER = 1e-4


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


def steps_factor(progress: float, *, drop_at: Sequence[float], factor: float) -> float:
    """`factor` to the power of how many shares `drop_at` of the run `progress` has reached."""
    return factor ** sum(progress >= share for share in drop_at)


def plateau_factor(losses: Sequence[float], *, patience: int, factor: float) -> float:
    """`factor` for each time that `losses`, one an epoch, did not fall for more than `patience` epochs.

    torch's ReduceLROnPlateau (mode min, relative threshold 1e-4, no cooldown) as a function of what has been, so that a
    resumed run has the rate of one that nobody disturbed.
    """
    best, waited, rate = math.inf, 0, 1.0
    for loss in losses:
        if loss < best * (1.0 - BETTER):
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            rate, waited = rate * factor, 0
    return rate


def factor_of(config: Schedule, progress: float, losses: Sequence[float], *, epochs: int, lr: float) -> float:
    """The learning rate at `progress` (0..1) as a share of its peak `lr`, after validation `losses` of whole epochs."""
    warmup, floor = config.warmup_epochs / epochs, config.lr_min / lr
    if config.kind == "cosine":
        return cosine_factor(progress, warmup=warmup, floor=floor)
    if progress < warmup:
        return max(progress / warmup, 1e-3)
    if config.kind == "steps":
        return max(steps_factor(progress, drop_at=config.drop_at, factor=config.factor), floor)
    if config.kind == "plateau":
        return max(plateau_factor(losses, patience=config.patience, factor=config.factor), floor)
    return 1.0
