"""Every row below a folder, whoever wrote it: this machine, a phone through adb, the app's screen, a Mac."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import answers, latency_rows, parity, sustained
from benchmarks.rows import read_rows
from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.timing import BenchmarkRow

PHONE_BENCHMARKS = ("app", "android", "coreml")


@dataclass(frozen=True, kw_only=True)
class Collected:
    """The rows by what they are about; `networks` are (architecture, side, threads) with timed rows."""

    latency: list[BenchmarkRow]
    failed: list[BenchmarkRow]
    sustained: list[BenchmarkRow]
    parity: list[BenchmarkRow]
    answers: list[BenchmarkRow]
    phones: list[BenchmarkRow]
    others: list[BenchmarkRow]

    @property
    def networks(self) -> list[tuple[str, int, int]]:
        """In the order of their first rows; those of bundles before those of peers alone."""
        own_first = sorted(self.latency, key=lambda row: row.provenance.get("role") != "own")
        return list(dict.fromkeys(network_of(row) for row in own_first))

    def of(self, network: tuple[str, int, int]) -> list[BenchmarkRow]:
        """The timed rows of one network, the fastest first."""
        mine = [row for row in self.latency if network_of(row) == network]
        return sorted(mine, key=lambda row: row.metrics["model_p50_ms"])


def network_of(row: BenchmarkRow) -> tuple[str, int, int]:
    """(architecture, side in pixels, threads)."""
    return (str(row.provenance.get("arch", row.model)), int(row.provenance.get("side_px", 0)), row.threads)


def collected(folder: Path) -> Collected:
    """The rows of every .jsonl below `folder`; ConfigError where there is none, DataError for what is
    none.
    """
    rows = [row for path in sorted(folder.rglob("*.jsonl")) for row in read_rows(path)]
    if not rows:
        raise ConfigError(f"{folder} holds no rows (*.jsonl); write some with `python -m benchmarks latency --out`")
    return sorted_out(rows)


def sorted_out(rows: Sequence[BenchmarkRow]) -> Collected:
    """Rows by what they are about."""
    timed = [row for row in rows if row.benchmark == latency_rows.BENCHMARK and "model_p50_ms" in row.metrics]
    for row in timed:
        if not {"role", "run"} <= row.provenance.keys():
            title = latency_rows.title_of(row)
            raise DataError(f"the row of {title} lacks role or run; write it with `python -m benchmarks latency`")
    known = (latency_rows.BENCHMARK, sustained.BENCHMARK, answers.BENCHMARK, parity.BENCHMARK, *PHONE_BENCHMARKS)
    return Collected(
        latency=timed,
        failed=[row for row in rows if "failed" in row.provenance],
        sustained=[row for row in rows if row.benchmark == sustained.BENCHMARK],
        parity=[row for row in rows if row.benchmark == parity.BENCHMARK],
        answers=[row for row in rows if row.benchmark == answers.BENCHMARK],
        phones=[row for row in rows if row.benchmark in PHONE_BENCHMARKS],
        others=[row for row in rows if row.benchmark not in known],
    )
