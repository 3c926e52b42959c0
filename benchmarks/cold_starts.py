"""What a user waits for before the first answer, measured in fresh processes, and the goals for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bounded import bounded
from benchmarks.fresh_run import NEXT_STEP, TIMEOUT_S
from edge_app.runtime.errors import BackendError
from edge_app.runtime.timing import percentile

IMPORT_GOAL_S = 0.3
ANSWER_GOAL_S = 1.5


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """One fresh process: seconds, and the most memory it held in bytes."""

    import_s: float
    open_s: float
    first_answer_s: float
    peak_memory_bytes: float

    @property
    def open_and_answer_s(self) -> float:
        """Bundle open and first answer together."""
        return self.open_s + self.first_answer_s


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A figure and the most that it may be."""

    name: str
    measured_s: float
    most_s: float

    @property
    def met(self) -> bool:
        """Below what it may be."""
        return self.measured_s < self.most_s


def cold_start(bundle: Path, photo: Path, threads: int, keys: Sequence[bytes]) -> ColdStart:
    """Start a Python, open `bundle`, answer for `photo`; BackendError with its last line when it fails."""
    words = [str(bundle), str(photo), str(threads), *(key.hex() for key in keys)]
    command = [sys.executable, "-m", "benchmarks.first_answer", *words]
    done = bounded(f"a cold start of {bundle}", command, timeout_s=TIMEOUT_S, next_step=NEXT_STEP)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BackendError(f"cold start of {bundle} failed: {last}")
    return ColdStart(**json.loads(done.stdout.splitlines()[-1]))


def cold_starts(
    bundle: Path,
    photo: Path,
    *,
    threads: int,
    keys: Sequence[bytes],
    count: int,
    each: Callable[[], None] = lambda: None,
) -> list[ColdStart]:
    """`count` cold starts after one that only warms the disk's cache; `each` is called after every one."""
    found = []
    for _ in range(count + 1):
        found.append(cold_start(bundle, photo, threads, keys))
        each()
    return found[1:]


def metrics(starts: Sequence[ColdStart]) -> dict[str, float]:
    """Medians over the starts, and the largest memory."""
    names = ("import_s", "open_s", "first_answer_s", "open_and_answer_s")
    medians = {name: percentile([getattr(start, name) for start in starts], 50) for name in names}
    memory = max(start.peak_memory_bytes for start in starts)
    return {**medians, "peak_memory_bytes": memory, "cold_starts": float(len(starts))}


def goals(found: dict[str, float]) -> list[Goal]:
    """The goals for a cold start, from the figures that `metrics` gives."""
    return [
        Goal(name="import edge_app.runtime", measured_s=found["import_s"], most_s=IMPORT_GOAL_S),
        Goal(name="bundle open + first answer", measured_s=found["open_and_answer_s"], most_s=ANSWER_GOAL_S),
    ]
