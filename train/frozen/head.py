"""The loop of a head on features: what train.module does of samplers, losses and schedules, and nothing around it.

A step takes half a millisecond to a millisecond and a half, so what surrounds it counts (docs/decisions/0065).
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from train.config import Recipe
from train.data.batches import batches_in, draw_indices
from train.evaluate.metrics import balanced_accuracy, confusion, f1
from train.losses.criterion import Criterion
from train.optimizer import optimizer_of
from train.schedule import factor_of

MONITOR = "val/weighted_f1"
State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Rows:
    """Features float32 [N, D], labels int64 [N], and what the sampler counts [N] (None: the labels)."""

    features: torch.Tensor
    labels: torch.Tensor
    strata: np.ndarray | None = None


@dataclass(frozen=True)
class HeadFit:
    """The head of the epoch with the highest weighted F1 on validation rows, that of the last one, and the history."""

    best: State
    last: State
    history: list[dict[str, float]]


def fit_head(head: nn.Module, criterion: Criterion, train: Rows, val: Rows, recipe: Recipe) -> HeadFit:
    """Train `head` [N, D] -> [N, K] in place; stops when validation has not improved for `fit.patience` epochs."""
    optimizer = optimizer_of(head.parameters(), recipe.optimizer)
    history: list[dict[str, float]] = []
    best, best_epoch = copied(head), -1
    for epoch in range(recipe.fit.epochs):
        started = time.monotonic()
        row = {"epoch": epoch, **train_epoch(head, criterion, optimizer, train, recipe, history)}
        row |= {"lr": optimizer.param_groups[0]["lr"], **scores_of(head, criterion, val)}
        if best_epoch < 0 or row[MONITOR] > history[best_epoch][MONITOR]:
            best, best_epoch = copied(head), epoch
        history.append({**row, "seconds": time.monotonic() - started})
        if epoch - best_epoch >= recipe.fit.patience:
            break
    return HeadFit(best, copied(head), history)


def train_epoch(
    head: nn.Module, criterion: Criterion, optimizer: torch.optim.Optimizer, train: Rows, recipe: Recipe,
    history: list[dict[str, float]],
) -> dict[str, float]:  # fmt: skip
    """One epoch; its mean loss, and the share of draws that were answered right."""
    epoch, fit = len(history), recipe.fit
    torch.manual_seed(fit.seed * 100_003 + epoch)  # dropout
    strata = train.labels.numpy() if train.strata is None else train.strata
    indices = torch.from_numpy(draw_indices(strata, recipe.sampler, np.random.default_rng([fit.seed, epoch])))
    batches, val_losses = batches_in(len(indices), fit.batch_size), [row["val/loss"] for row in history]
    criterion.epoch = epoch
    head.train()
    criterion.train()
    total, right, count = torch.zeros(()), torch.zeros((), dtype=torch.long), 0
    for number, chosen in enumerate(indices.split(fit.batch_size)[:batches]):
        progress = (epoch * batches + number) / (fit.epochs * batches)
        factor = factor_of(recipe.schedule, progress, val_losses, epochs=fit.epochs, lr=recipe.optimizer.lr)
        optimizer.param_groups[0]["lr"] = recipe.optimizer.lr * factor
        labels = train.labels[chosen]
        logits = head(train.features[chosen])
        loss = criterion(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total, count = total + loss.detach(), count + len(chosen)
        right = right + (logits.detach().argmax(1) == labels).sum()
    return {"train/loss": float(total) / batches, "train/accuracy": float(right) / count}


def scores_of(head: nn.Module, criterion: Criterion, val: Rows) -> dict[str, float]:
    """The scores of an epoch on validation rows."""
    logits = logits_of(head, val.features)
    with torch.inference_mode():
        loss = float(criterion.eval()(logits, val.labels))
    matrix = confusion(val.labels.numpy(), logits.argmax(1).numpy(), logits.shape[1])
    return {
        "val/loss": loss,
        MONITOR: f1(matrix, "weighted"),
        "val/macro_f1": f1(matrix, "macro"),
        "val/balanced_accuracy": balanced_accuracy(matrix),
        "val/accuracy": float(np.trace(matrix) / matrix.sum()),
    }


def logits_of(head: nn.Module, features: torch.Tensor) -> torch.Tensor:
    """Logits float32 [N, K]."""
    head.eval()
    with torch.inference_mode():
        return head(features)


def copied(head: nn.Module) -> State:
    """The head's weights as they are now."""
    return copy.deepcopy(head.state_dict())
