"""Every row below a folder, whoever wrote it: this machine, a phone through adb, the app's screen, a Mac."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import answers, latency_rows, machine, parity, refused, sustained
from benchmarks.rows import read_rows
from edge_app.runtime.errors import ConfigError, DataError
from edge_app.runtime.timing import BenchmarkRow

PHONE_BENCHMARKS = ("app", "android", "coreml")


@dataclass(frozen=True, kw_only=True)
class Group:
    """What one table of times is about; `where` is the machine, empty where all timed rows are of one."""

    arch: str
    side_px: int
    threads: int
    where: str

    @property
    def network(self) -> str:
        """What the files are of; of bare files nothing is known."""
        return f"{self.arch} at {self.side_px} px" if self.side_px else "bare files"

    @property
    def title(self) -> str:
        """For a heading."""
        words = f"{self.network}, {self.threads} thread{'' if self.threads == 1 else 's'}"
        return f"{words}, {self.where}" if self.where else words


@dataclass(frozen=True, kw_only=True)
class Collected:
    """All rows, and the rows by what they are about."""

    everything: list[BenchmarkRow]
    latency: list[BenchmarkRow]
    failed: list[BenchmarkRow]
    sustained: list[BenchmarkRow]
    parity: list[BenchmarkRow]
    answers: list[BenchmarkRow]
    phones: list[BenchmarkRow]
    refused: list[BenchmarkRow]
    others: list[BenchmarkRow]

    @property
    def groups(self) -> list[Group]:
        """Those with timed rows, in the order of their first; those of bundles before those of peers alone."""
        own_first = sorted(self.latency, key=lambda row: row.provenance.get("role") != "own")
        return list(dict.fromkeys(map(self.group_of, own_first)))

    def group_of(self, row: BenchmarkRow) -> Group:
        """The table that a timed row belongs to."""
        return Group(
            arch=str(row.provenance.get("arch", row.model)), side_px=int(row.provenance.get("side_px", 0)),
            threads=row.threads, where=self.where(row),
        )  # fmt: skip

    def where(self, row: BenchmarkRow) -> str:
        """The machine of a timed row, where there are several."""
        names = {machine.identity(one.machine): machine.in_words(one.machine) for one in self.latency}
        return names[machine.identity(row.machine)] if len(names) > 1 else ""

    def of(self, group: Group) -> list[BenchmarkRow]:
        """The timed rows of one table, of each file that of every run, the fastest first."""
        mine = [row for row in self.latency if self.group_of(row) == group]
        return sorted(mine, key=lambda row: row.metrics["model_p50_ms"])


def collected(*places: Path) -> Collected:
    """The rows of every .jsonl below each folder, and of each file.

    ConfigError for a place that is not there and where there is no row at all, DataError for what is none.
    """
    missing = [place for place in places if not place.exists()]
    paths = [path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*.jsonl")))]
    rows = [row for path in {path.resolve(): path for path in paths}.values() for row in read_rows(path)]
    if missing or not rows:
        empty = " and ".join(map(str, missing or places))
        raise ConfigError(f"{empty} holds no rows (*.jsonl); write some with `python -m benchmarks latency --out`")
    return sorted_out(rows)


def sorted_out(rows: Sequence[BenchmarkRow]) -> Collected:
    """Rows by what they are about."""
    timed = [row for row in rows if row.benchmark == latency_rows.BENCHMARK and "model_p50_ms" in row.metrics]
    for row in timed:
        if not {"role", "run"} <= row.provenance.keys():
            title = latency_rows.title_of(row)
            raise DataError(f"the row of {title} lacks role or run; write it with `python -m benchmarks latency`")
    named = (latency_rows, sustained, answers, refused, parity)
    known = (*(module.BENCHMARK for module in named), *PHONE_BENCHMARKS)
    return Collected(
        everything=list(rows),
        latency=timed,
        failed=[row for row in rows if "failed" in row.provenance],
        sustained=[row for row in rows if row.benchmark == sustained.BENCHMARK],
        parity=[row for row in rows if row.benchmark == parity.BENCHMARK],
        answers=[row for row in rows if row.benchmark == answers.BENCHMARK],
        phones=[row for row in rows if row.benchmark in PHONE_BENCHMARKS],
        refused=[row for row in rows if row.benchmark == refused.BENCHMARK],
        others=[row for row in rows if row.benchmark not in known],
    )
