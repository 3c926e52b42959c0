"""Batches of one epoch, drawn from (seed, epoch) alone; of each, one process takes its share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np
import torch

from train.augment.draw import Draws, draw
from train.augment.elastic import rare
from train.data.pixels import WorkPixels
from train.ranks import share
from train.samplers import plain, sqrt
from train.sections import Augment, Sampler

Batch = TypeVar("Batch")
AHEAD = 2


class TrainBatch(NamedTuple):
    """Undistorted photos uint8 [B, 3, W, W], labels [B], how to distort each (augment.draw), and which photo of the
    training list each is [B]. `tasks` int64 [B, T] are labels of further tasks (-1: not known).
    """

    photos: torch.Tensor
    labels: torch.Tensor
    crops: torch.Tensor
    turns: torch.Tensor
    colours: torch.Tensor
    fields: torch.Tensor
    policies: torch.Tensor
    positions: torch.Tensor
    tasks: torch.Tensor


class FitBatch(NamedTuple):
    """Photos fitted as on the phone, uint8 [B, 3, S, S], labels [B], the number of the batch among all, and `tasks`."""

    photos: torch.Tensor
    labels: torch.Tensor
    number: int
    tasks: torch.Tensor


class EpochBatches:
    """One epoch of training batches, `batch_size` photos over all `parts` processes, of which this one is `part`.

    Every process draws the same epoch and takes a contiguous share of each batch, so no photo is seen twice where
    one process would see it once. A last batch of one photo is dropped, since batch norm cannot use it, and so is
    one of fewer photos than processes. `strata` [N] is what the sampler counts, the labels where none are given.
    Batches are put together on a thread of their own, `AHEAD` at a time; `pin` puts them where a GPU fetches them
    without a copy.
    """

    def __init__(
        self, pixels: WorkPixels, labels: np.ndarray, *, sampler: Sampler, augment: Augment, batch_size: int,
        seed: int, epoch: int, strata: np.ndarray | None = None, part: int = 0, parts: int = 1, pin: bool = False,
        tasks: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        rng = np.random.default_rng([seed, epoch])
        self.tasks = no_tasks(labels) if tasks is None else tasks
        self.pixels, self.labels, self.batch_size = pixels, labels, batch_size
        self.part, self.parts, self.pin = part, parts, pin
        self.indices = draw_indices(labels if strata is None else strata, sampler, rng)
        self.augment = augment
        self.draws = self.drawn(rng)

    def drawn(self, rng: np.random.Generator) -> Draws:
        """How each photo of the epoch is changed."""
        return draw(
            rng, self.pixels.aspects[self.indices], self.augment,
            deformed=rare(self.labels, self.augment.elastic_below)[self.indices],
            changed=rare(self.labels, self.augment.policy_below)[self.indices],
        )  # fmt: skip

    def __len__(self) -> int:
        return batches_in(len(self.indices), self.batch_size, self.parts)

    def __iter__(self) -> Iterator[TrainBatch]:
        return ahead(self.batch, len(self))

    def batch(self, number: int) -> TrainBatch:
        """This process's share of batch `number`."""
        start = number * self.batch_size
        mine = share(min(self.batch_size, len(self.indices) - start), self.part, self.parts)
        part = slice(start + mine.start, start + mine.stop)
        chosen = self.indices[part]
        draws = self.draws
        drawn = [values[part] for values in (draws.crops, draws.turns, draws.colours, draws.fields, draws.policies)]
        arrays = (self.pixels.photos[chosen], self.labels[chosen], *drawn, chosen, self.tasks[chosen])
        tensors = [torch.from_numpy(values) for values in arrays]
        return TrainBatch(*(tensor.pin_memory() if self.pin else tensor for tensor in tensors))


class FitBatches:
    """Fitted photos in order; of several processes each takes every `parts`-th batch, from `part` on."""

    def __init__(
        self, photos: np.ndarray, labels: np.ndarray, batch_size: int, part: int = 0, parts: int = 1,
        tasks: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        self.photos, self.labels, self.batch_size = photos, labels, batch_size
        self.tasks = no_tasks(labels) if tasks is None else tasks
        self.numbers = range(part, -(-len(labels) // batch_size), parts)

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[FitBatch]:
        for number in self.numbers:
            part = slice(number * self.batch_size, (number + 1) * self.batch_size)
            # A copy: torch wants memory that it may write to, a mapped file is not.
            photos, labels = torch.from_numpy(self.photos[part].copy()), torch.from_numpy(self.labels[part])
            yield FitBatch(photos, labels, number, torch.from_numpy(self.tasks[part]))


def no_tasks(labels: np.ndarray) -> np.ndarray:
    """Labels of no further task: int64 [N, 0]."""
    return np.empty((len(labels), 0), dtype=np.int64)


def ahead(build: Callable[[int], Batch], count: int) -> Iterator[Batch]:
    """`build(0)`, `build(1)`, ... in order, each begun while the one `AHEAD` before it is still in use."""
    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(build, number) for number in range(min(AHEAD, count)))
        for number in range(count):
            ready = waiting.popleft().result()
            if number + AHEAD < count:
                waiting.append(pool.submit(build, number + AHEAD))
            yield ready


def batches_in(count: int, batch_size: int, parts: int = 1) -> int:
    """Batches of an epoch of `count` draws that `parts` processes share."""
    return count // batch_size + (count % batch_size >= max(2, parts))


def draw_indices(strata: np.ndarray, config: Sampler, rng: np.random.Generator) -> np.ndarray:
    """Indices of one epoch as the recipe's sampler draws them from `strata` [N] (train.run_data.strata_of)."""
    if config.kind == "sqrt":
        return sqrt.draw_epoch(strata, alpha=config.alpha, multiplier=config.epoch_multiplier, rng=rng)
    return plain.draw_epoch(strata, multiplier=config.epoch_multiplier, rng=rng)
