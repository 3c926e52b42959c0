"""One subject after the other without a pause for a while: what is left when the machine is hot."""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks import machine
from benchmarks.latency import turn
from benchmarks.latency_rows import ROUND_DIGITS, identity
from benchmarks.subjects import OWN, Subject
from edge_app.runtime.timing import BenchmarkRow, percentile

BENCHMARK = "sustained"
WINDOW_S = 1.0
# The beginning and the end of it that are compared.
SHARE = 10
# One window has no end to compare with its beginning; a day shows what there is to see.
LEAST_S, MOST_S = 2 * WINDOW_S, 86_400.0


def sustained(subjects: Sequence[Subject], seconds: float) -> list[BenchmarkRow]:
    """A row for each bundle: median of the first and of the last tenth of `seconds`, their ratio; [] for 0 seconds."""
    if seconds == 0:
        return []
    return [sustained_row(subject, windows_ms(subject, seconds)) for subject in subjects if subject.role == OWN]


def sustained_row(subject: Subject, windows: Sequence[float]) -> BenchmarkRow:
    """What a subject's `windows` say."""
    return BenchmarkRow(
        benchmark=BENCHMARK, model=f"{subject.arch} {subject.name}", backend=subject.backend, target=subject.target,
        scheme=subject.scheme, threads=subject.threads, machine=machine.machine(), created=machine.now(),
        metrics={"sustained_s": len(windows) * WINDOW_S, **ends(windows)},
        provenance={**machine.provenance(), **identity(subject), **subject.facts, "windows_ms": list(windows)},
    )  # fmt: skip


def windows_ms(subject: Subject, seconds: float) -> list[float]:
    """The median of each second of runs without a pause."""
    found, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        runs, window = [], time.perf_counter() + WINDOW_S
        while time.perf_counter() < min(window, end):
            runs += turn(subject, 0, 1)
        found.append(round(percentile(runs, 50), ROUND_DIGITS))
    return found


def ends(windows: Sequence[float]) -> dict[str, float]:
    """Medians of the first and the last tenth (one window at least), and how much slower the last is."""
    count = max(1, len(windows) // SHARE)
    first, last = percentile(windows[:count], 50), percentile(windows[-count:], 50)
    return {"sustained_first_ms": first, "sustained_last_ms": last, "slowdown": last / first}
