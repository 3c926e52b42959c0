"""What the processes of one run do together: meet, wait, add up.

Every process draws the same epoch and takes its share of each batch (data.batches). Sums over all of them keep a loss
what it would be in one process; rank 0 alone writes. What picks or mixes samples of a batch sees its process's share,
`fit.batch_size` / processes photos, unless it gathers; its documentation has to say which.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import distributed

from edge_app.runtime.errors import ConfigError
from train.ranks import size

Value = TypeVar("Value")
# The first process decodes a whole data set while the others wait for it.
PATIENCE = timedelta(hours=3)
ALONE: ContextVar[bool] = ContextVar("ALONE", default=False)


def backend_of(device: str) -> str:
    """torch.distributed's backend for a device; ConfigError for MPS, which has none."""
    if device == "mps":
        raise ConfigError("fit.accelerator 'mps' trains in one process; start without torchrun")
    return "nccl" if device == "cuda" else "gloo"


def join(device: str, batch_size: int) -> None:
    """Meet the other processes of the run, if there are any; ConfigError where a batch is too small to share."""
    if size() == 1 or distributed.is_initialized():
        return
    if batch_size < 2 * size():
        raise ConfigError(
            f"fit.batch_size {batch_size} is shared by {size()} processes; allowed: {2 * size()} or more, two each"
        )
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group(backend_of(device), timeout=PATIENCE)


def leave() -> None:
    """Part from the other processes."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def wait() -> None:
    """Until every process is here."""
    if together():
        distributed.barrier()


@contextmanager
def alone() -> Iterator[None]:
    """Within, sums are those of this process: validation gives each one another number of batches."""
    token = ALONE.set(True)
    try:
        yield
    finally:
        ALONE.reset(token)


def together() -> bool:
    """Whether sums go over several processes here."""
    return size() > 1 and distributed.is_initialized() and not ALONE.get()


def summed(value: torch.Tensor) -> torch.Tensor:
    """`value` summed over all processes; no gradient flows through the sum."""
    if not together():
        return value
    total = value.detach().clone()
    distributed.all_reduce(total)
    return total


def ratio(total: torch.Tensor, divisor: torch.Tensor) -> torch.Tensor:
    """This process's part of (sum of `total`) / (sum of `divisor`), sums over all processes, such that the MEAN of the
    parts is that quotient: DistributedDataParallel averages gradients, so they come out as one process's would.
    """
    if not together():
        return total / divisor
    return total * size() / summed(divisor)


def gathered(value: Value) -> list[Value]:
    """`value` of every process, by rank."""
    if not together():
        return [value]
    values: list[Any] = [None] * size()
    distributed.all_gather_object(values, value)
    return values


def from_first(value: Value) -> Value:
    """The first process's `value`: clocks differ, and all must decide alike."""
    if not together():
        return value
    values: list[Any] = [value]
    distributed.broadcast_object_list(values, src=0)
    return values[0]  # type: ignore[no-any-return]
