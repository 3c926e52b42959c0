"""Latency rows as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmarks.latency import STAGES
from benchmarks.latency_rows import BENCHMARK, rounds_of, title_of
from benchmarks.ratios import LEAST_ROUNDS, paired_ratio
from benchmarks.tables import new_table
from edge_app.runtime.timing import BenchmarkRow

MEGABYTE = 1e6


def tables(rows: Sequence[BenchmarkRow]) -> list[Table]:
    """The model alone, files, whole photos, fresh processes, sustained runs, and what failed; only those not empty."""
    timed = [row for row in rows if row.benchmark == BENCHMARK and row.metrics]
    found = [model_table(timed), file_table(timed), photo_table(timed), start_table(timed), sustained_table(rows)]
    return [table for table in [*found, failure_table(rows)] if table.row_count]


def model_table(rows: Sequence[BenchmarkRow]) -> Table:
    """Milliseconds of one model run, and the ratio to the first row of the same network, target aside."""
    table = new_table("Model alone, ms", "threads", "p50", "p90", "p95", "std", "runs", "ratio to the first (95 %)")
    for row in rows:
        figures = spread(row, "model", ("p50", "p90", "p95", "std"), "{:.2f}")
        first = next(other for other in rows if network_of(other) == network_of(row))
        ratio = str(paired_ratio(rounds_of(row), rounds_of(first))) if row is not first else "1"
        table.add_row(title_of(row), str(row.threads), *figures, f"{row.metrics['model_runs']:.0f}", ratio)
    return table


def spread(row: BenchmarkRow, kind: str, names: Sequence[str], form: str) -> list[str]:
    """Figures in ms of `kind`: `model` or `end_to_end`; the median alone where the runs are too few for the others."""
    few = row.metrics.get(f"{kind}_runs", 0) < LEAST_ROUNDS
    return ["" if few and name != "p50" else form.format(row.metrics[f"{kind}_{name}_ms"]) for name in names]


def network_of(row: BenchmarkRow) -> tuple[object, ...]:
    """Rows of one network at one number of threads."""
    return (row.provenance["arch"], row.provenance["side_px"], row.threads)


def file_table(rows: Sequence[BenchmarkRow]) -> Table:
    """What is in the files."""
    table = new_table("Files", "MB", "ops", "highest rank", "nodes", "XNNPACK takes", "partitions")
    names = ("ops", "max_rank", "nodes", "nodes_taken", "partitions")
    for row in rows:
        if "size_bytes" in row.metrics:
            size = f"{row.metrics['size_bytes'] / MEGABYTE:.2f}"
            table.add_row(title_of(row), size, *(whole(row, name) for name in names))
    return table


def whole(row: BenchmarkRow, name: str) -> str:
    """A count; empty where there is none."""
    return f"{row.metrics[name]:.0f}" if name in row.metrics else ""


def photo_table(rows: Sequence[BenchmarkRow]) -> Table:
    """Milliseconds from the bytes of a 12-megapixel JPEG to the answer, by stage (medians) and together."""
    columns = (*STAGES, "all p50", "all p90", "all p95", "full decode", "(decode + fit) / full decode")
    table = new_table("12-megapixel JPEG to answer, ms", *columns)
    for row in rows:
        if "end_to_end_p50_ms" not in row.metrics:
            continue
        stages = [f"{row.metrics[f'stage_{stage}_p50_ms']:.2f}" for stage in STAGES]
        together = spread(row, "end_to_end", ("p50", "p90", "p95"), "{:.1f}")
        ratio = paired_ratio(row.provenance["photo_in_ms"], row.provenance["full_decode_ms"])
        table.add_row(title_of(row), *stages, *together, f"{row.metrics['full_decode_p50_ms']:.1f}", str(ratio))
    return table


def start_table(rows: Sequence[BenchmarkRow]) -> Table:
    """Fresh processes: the file alone, and for bundles from nothing to the answer for a photo."""
    columns = ("load ms", "first run ms", "peak MB", "import s", "open s", "first answer s", "peak MB")
    table = new_table("Fresh processes: the file alone; the bundle and a photo", *columns)
    for row in rows:
        found = row.metrics
        if "load_ms" not in found:
            continue
        alone = [f"{found[name]:.1f}" for name in ("load_ms", "first_inference_ms")]
        memory = f"{found['model_peak_memory_bytes'] / MEGABYTE:.0f}"
        names = ("import_s", "open_s", "first_answer_s")
        bundle = [f"{found[name]:.3f}" if name in found else "" for name in names]
        peak = f"{found['peak_memory_bytes'] / MEGABYTE:.0f}" if "peak_memory_bytes" in found else ""
        table.add_row(title_of(row), *alone, memory, *bundle, peak)
    return table


def sustained_table(rows: Sequence[BenchmarkRow]) -> Table:
    """The first and the last tenth of runs without a pause."""
    table = new_table("Without a pause", "s", "first ms", "last ms", "last / first")
    for row in rows:
        if "slowdown" in row.metrics:
            found = row.metrics
            figures = [f"{found[name]:.2f}" for name in ("sustained_first_ms", "sustained_last_ms", "slowdown")]
            table.add_row(title_of(row), f"{found['sustained_s']:.0f}", *figures)
    return table


def failure_table(rows: Sequence[BenchmarkRow]) -> Table:
    """What could not be made or run, in the words of its tool."""
    table = new_table("Failed", "")
    for row in rows:
        if "failed" in row.provenance:
            table.add_row(title_of(row), str(row.provenance["failed"]))
    return table
