"""`python -m benchmarks coreml`: CoreML bundles on a Mac, on each choice of compute units, golden photos included."""

from __future__ import annotations

import argparse
import platform
import tempfile
from pathlib import Path

from benchmarks.rows import row_of, write_rows
from benchmarks.screen import console
from edge_app.command_line import OneLineParser
from edge_app.runtime import golden, trust
from edge_app.runtime.backends.coreml import COMPUTE_UNITS, CoremlBackend
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.timing import BenchmarkRow, measure, summary

BENCHMARK = "coreml"
WARMUP = 5


def add(command: OneLineParser, out: Path) -> None:
    """The options of `coreml`."""
    add = command.add_argument
    add("--bundle", nargs="+", type=Path, required=True, metavar="B")
    add("--unit", nargs="+", choices=COMPUTE_UNITS, default=list(COMPUTE_UNITS))
    add("--runs", type=int, default=50, help="timed runs (50)")
    add("--out", type=Path, default=out, help=f"folder for the rows ({out})")
    add("--trusted-key", action="append", default=[], type=Path, metavar="FILE")
    add("--allow-unsigned", action="store_true")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; 1 where a unit's answer differs by more than the bundle allows."""
    if platform.system() != "Darwin":
        raise ConfigError(f"Core ML runs on a Mac and this is {platform.system()}; `benchmarks executor` runs here")
    keys, allow = trust.keys_of(arguments.trusted_key), arguments.allow_unsigned
    rows = []
    for path in arguments.bundle:
        bundle = Bundle.open(path, trusted_keys=keys, allow_unsigned=allow)
        with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
            model = bundle.extract_model(Path(folder))
            rows += [on_unit(bundle, model, unit, arguments.runs) for unit in arguments.unit]
    for row in rows:
        console().print(f"{row.model} {row.scheme} {row.backend}: {row.metrics}")
    console().print(f"rows: {write_rows(rows, arguments.out / 'coreml.jsonl')}", soft_wrap=True)
    return 0 if all(row.metrics["within_tolerance"] for row in rows) else 1


def on_unit(bundle: Bundle, model: Path, unit: str, runs: int) -> BenchmarkRow:
    """Times and golden differences of one compute unit."""
    backend = CoremlBackend(model, threads=1, compute_unit=unit)
    image = bundle.golden.images[0]
    times = summary(measure(lambda: backend.run(image), WARMUP, runs))
    largest = max(golden.differences(bundle.golden, backend))
    metrics = {
        **{f"{name}_ms": value for name, value in times.items() if name != "n"}, "runs": times["n"],
        "golden_largest_difference": largest, "within_tolerance": float(largest <= bundle.golden.tolerance),
    }  # fmt: skip
    return row_of(bundle, benchmark=BENCHMARK, backend=backend.name, threads=0, metrics=metrics)
