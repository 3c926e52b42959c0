"""Which process of a run this one is: `torchrun --nproc-per-node N -m train ...` starts N, else there is one."""

from __future__ import annotations

import os


def size() -> int:
    """How many processes train together."""
    return int(os.environ["WORLD_SIZE"]) if "TORCHELASTIC_RUN_ID" in os.environ else 1


def rank() -> int:
    """Which of them this one is, from 0."""
    return int(os.environ["RANK"]) if size() > 1 else 0


def on_this_machine() -> int:
    """How many of them run on this machine."""
    return int(os.environ["LOCAL_WORLD_SIZE"]) if size() > 1 else 1


def share(count: int, part: int, parts: int) -> slice:
    """Which of `count` things are those of `part` (from 0) of `parts`: contiguous, disjoint, sizes at most 1 apart."""
    return slice(count * part // parts, count * (part + 1) // parts)
