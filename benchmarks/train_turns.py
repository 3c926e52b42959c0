"""What the training benchmark counts: whose turn it was, how long it took, how long it waited."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

WAYS = ("real", "bare", "timm")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`rounds` rounds; in each every way takes `lead` steps that are not counted, then `steps`."""

    recipe: str
    data: str
    settings: tuple[str, ...] = ()
    rounds: int = 8
    steps: int = 4
    lead: int = 2
    workers: int = 2
    threads: int = 0


@dataclass
class Turns:
    """Of each way, one a round: seconds that its `steps` steps took, those of them that it waited for a batch, and the
    processor's seconds in this process (all threads; timm's workers are other processes).
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    waited: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})
    augmented: list[float] = field(default_factory=list)
    cpu: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})

    def add(self, way: str, seconds: float, waited: float, cpu: float) -> None:
        """One turn."""
        self.seconds[way].append(seconds)
        self.waited[way].append(waited)
        self.cpu[way].append(cpu)

    def metrics(self, photos: int) -> dict[str, float]:
        """Figures of a benchmark row; `photos` is how many a turn sees. A ratio is the median of its rounds'."""
        found: dict[str, float] = {"rounds": len(self.seconds["real"]), "photos_a_round": photos}
        for way in WAYS:
            found[f"{way}_photos_per_s"] = photos / float(np.median(self.seconds[way]))
            found[f"{way}_waiting_share"] = sum(self.waited[way]) / sum(self.seconds[way])
        found["real_augmenting_share"] = sum(self.augmented) / sum(self.seconds["real"])
        for name, other in (("real_of_bare", "bare"), ("real_of_timm", "timm")):
            ratios = np.array(self.seconds[other]) / np.array(self.seconds["real"])
            for part, value in (("", np.median(ratios)), ("_min", ratios.min()), ("_max", ratios.max())):
                found[name + part] = float(value)
            found[f"{name}_total"] = sum(self.seconds[other]) / sum(self.seconds["real"])
            # What the processor did, whoever else kept it from doing so: all that counts where nobody waits.
            found[f"{name}_cpu"] = sum(self.cpu[other]) / sum(self.cpu["real"])
        return found


class Stopwatch:
    """Seconds spent inside a call or between the batches of an iterator, while it is running."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, timed."""

        def wrapped(*arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return call(*arguments)
            finally:
                self.seconds += time.perf_counter() - start

        return wrapped

    def waits(self, batches: Iterator[Any]) -> Iterator[Any]:
        """The same batches; the time until each is there counts."""
        following = self.timed(lambda: next(batches, None))
        while (batch := following()) is not None:
            yield batch
