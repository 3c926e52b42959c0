"""`python -m benchmarks files|executor`: every file that a checkpoint can become, and CoreML packages on Linux."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks import executor, files, tables
from benchmarks.rows import write_rows
from benchmarks.screen import console, show
from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.timing import BenchmarkRow


def add(command: OneLineParser, out: Path) -> None:
    """The options of `files`."""
    add, default = command.add_argument, files.Plan
    add("--checkpoint", nargs="+", type=Path, required=True, metavar="C", help="RUN/best.ckpt or .safetensors")
    add("--data", default=default.data, metavar="D", help="photos to compare with torch on (run@test)")
    add("--count", type=int, default=default.count, help="photos, class-balanced (200)")
    add("--calibration-data", default=default.calibration_data, metavar="D", help="for static schemes (run@train)")
    add("--target", nargs="+", default=list(default.targets), metavar="T", help="default: all")
    add("--threads", type=int, default=default.threads, help="threads for the model (2)")
    add("--keep", type=Path, metavar="DIR", help="keep the files in this new folder")
    add("--out", type=Path, default=out, help=f"folder for the rows ({out})")
    command.set_defaults(run=run_files)


def add_executor(command: OneLineParser, out: Path) -> None:
    """The options of `executor`."""
    command.add_argument("package", nargs="+", type=Path, metavar="FILE.mlpackage")
    command.set_defaults(run=run_executor)


def run_files(arguments: argparse.Namespace) -> int:
    """Convert, run, print, write; 1 when a file could not be made or run."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    chosen = ("data", "count", "calibration_data", "threads")
    if arguments.keep is not None and arguments.keep.exists():
        raise ConfigError(f"--keep {arguments.keep} is there already; name a new folder")
    plan = files.Plan(targets=tuple(arguments.target), **{name: getattr(arguments, name) for name in chosen})
    say = Console(stderr=True, highlight=False).print
    found: list[BenchmarkRow | str] = []
    for checkpoint in arguments.checkpoint:
        reference = files.reference(checkpoint, plan)
        with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as temporary:
            folder = Path(temporary) if arguments.keep is None else arguments.keep / reference.trained.arch
            found += files.file_rows(reference, plan, folder, say)
    rows = [row for row in found if isinstance(row, BenchmarkRow)]
    failures = [line for line in found if isinstance(line, str)]
    out = write_rows(rows, arguments.out / "files.jsonl")
    show(rows, tables.file_tables(rows), out)
    for line in failures:
        sys.stderr.write(f"failed: {line}\n")
    return 1 if failures else 0


def run_executor(arguments: argparse.Namespace) -> int:
    """Examine, print."""
    screen, found = console(), [executor.examine(path) for path in arguments.package]
    used = set().union(*(one.ops for one in found))
    screen.print(tables.executor_table(found))
    screen.print(f"{len(executor.known_ops())} ops are known, {len(used)} of them in these files (*):")
    screen.print(", ".join(f"{name}*" if name in used else name for name in executor.known_ops()))
    for one in found:
        for line in one.notes:
            screen.print(f"{one.path}: {line}")
    return 0
