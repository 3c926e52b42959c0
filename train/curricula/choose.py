"""Which photos of a batch count: the easiest, the hardest, or the hardest of each class.

Each function gives weights 0 or 1, float32 [B], from the losses [B] of the batch's photos. Of a batch that several
processes share, each chooses among its own photos.
"""

from __future__ import annotations

from collections.abc import Callable

import torch


def easiest(losses: torch.Tensor, labels: torch.Tensor, kept: int) -> torch.Tensor:
    """The `kept` photos of lowest loss: self-paced learning (Kumar et al. 2010)."""
    return chosen(losses, losses.argsort(stable=True)[:kept])


def hardest(losses: torch.Tensor, labels: torch.Tensor, kept: int) -> torch.Tensor:
    """The `kept` photos of highest loss: online hard example mining (Shrivastava et al. 2016)."""
    return chosen(losses, losses.argsort(descending=True, stable=True)[:kept])


def hardest_of_each_class(losses: torch.Tensor, labels: torch.Tensor, kept: int) -> torch.Tensor:
    """The hardest `kept` / B of the photos of each class, rounded up: what the paper leaves to future work."""
    same = labels[:, None] == labels[None, :]
    first = torch.arange(len(losses), device=losses.device)
    harder = (losses[None, :] > losses[:, None]) | (
        (losses[None, :] == losses[:, None]) & (first[None, :] < first[:, None])
    )
    rank, count = (same & harder).sum(1), same.sum(1)
    # In whole numbers: rank < ceil(count * kept / B).
    return (rank * len(losses) < count * kept).float()


def chosen(losses: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """1 at `places`, else 0."""
    return torch.zeros_like(losses, dtype=torch.float32).index_fill_(0, places, 1.0)


CURRICULA: dict[str, Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]] = {
    "self_paced": easiest,
    "hard": hardest,
    "hard_by_class": hardest_of_each_class,
}
