"""Clocks, percentiles and the benchmark row, shared by the gate, the benchmarks and the app."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from edge_app.runtime.errors import DataError

ROW_SCHEMA_VERSION = 1


def percentile(values: Sequence[float], q: float) -> float:
    """The `q`-th percentile (0 to 100) of `values` by linear interpolation; DataError when there are none."""
    if not values:
        raise DataError("no measurement to take a percentile of; measure at least one run")
    if not 0 <= q <= 100:
        raise DataError(f"percentile {q} is outside 0 to 100")
    ordered = sorted(values)
    position = (len(ordered) - 1) * q / 100
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


class Clock:
    """Named times in milliseconds: `with clock.part("decode"): ...` then `clock.ms["decode"]`."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time spent inside the block to `ms[name]`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.ms[name] = self.ms.get(name, 0.0) + (time.perf_counter() - start) * 1e3


def measure(call: Callable[[], object], warmup: int, runs: int) -> list[float]:
    """Milliseconds of each of `runs` calls, after `warmup` calls that are not counted."""
    for _ in range(warmup):
        call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def summary(ms: Sequence[float]) -> dict[str, float]:
    """p50, p90, p95, mean, std (of the sample, 0 for one run) and n of `ms`."""
    mean = math.fsum(ms) / len(ms) if ms else math.nan
    variance = math.fsum((value - mean) ** 2 for value in ms) / (len(ms) - 1) if len(ms) > 1 else 0.0
    quantiles = {f"p{q}": percentile(ms, q) for q in (50, 90, 95)}
    return {**quantiles, "mean": mean, "std": math.sqrt(variance), "n": len(ms)}


@dataclass(frozen=True, kw_only=True)
class BenchmarkRow:
    """One measured figure with its provenance; `metrics` holds numbers whose names carry their units."""

    benchmark: str
    model: str
    backend: str
    target: str
    scheme: str
    threads: int
    metrics: dict[str, float]
    machine: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    created: str = ""
    schema_version: int = ROW_SCHEMA_VERSION

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> BenchmarkRow:
        """Read what `to_json` wrote; DataError names a missing, unknown or newer part."""
        return cls(**checked_row(text))


def checked_row(text: str) -> dict[str, Any]:
    """The fields of a benchmark row in JSON `text`; DataError unless they are exactly those of `BenchmarkRow`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"benchmark row is not JSON: {error}") from error
    names = {f.name for f in fields(BenchmarkRow)}
    if not isinstance(data, dict) or set(data) != names:
        found = sorted(data) if isinstance(data, dict) else type(data).__name__
        raise DataError(f"benchmark row has {found}; it needs {sorted(names)}")
    if data["schema_version"] != ROW_SCHEMA_VERSION:
        raise DataError(f"benchmark row schema_version is {data['schema_version']}; this version reads 1")
    return data
