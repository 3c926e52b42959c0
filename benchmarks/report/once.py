"""Each file once: where rows of several runs are of one file, the one that stands beside most."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import machine
from benchmarks.latency_rows import title_of
from benchmarks.subjects import FLOOR, PEER
from edge_app.runtime.timing import BenchmarkRow


def once(rows: Sequence[BenchmarkRow]) -> list[BenchmarkRow]:
    """The best row of each file, runtime, number of threads and machine, in the order of their first rows.

    That of a run with peers goes before one without, since ratios are taken within a run; then many rounds before few,
    and the newer before the older.
    """
    accompanied = {place(row) for row in rows if row.provenance.get("role") in {PEER, FLOOR}}
    best: dict[tuple[object, ...], BenchmarkRow] = {}
    for row in sorted(rows, key=lambda row: (place(row) in accompanied, rounds(row), row.created)):
        best[key_of(row)] = row
    return [best[key] for key in dict.fromkeys(map(key_of, rows))]


def key_of(row: BenchmarkRow) -> tuple[object, ...]:
    """What a reader would take for the same line."""
    return (title_of(row), row.target, row.scheme, row.backend, row.threads, machine.identity(row.machine))


def place(row: BenchmarkRow) -> tuple[object, ...]:
    """The rounds that a row was measured in, and its network."""
    return (*(row.provenance.get(name) for name in ("run", "arch", "side_px")), row.threads)


def rounds(row: BenchmarkRow) -> int:
    """How many rounds the row holds."""
    return len(row.provenance.get("rounds_ms", ()))
