"""`python -m benchmarks latency|parity|files|train|app`: measure, print tables, write rows of JSON."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import (
    android_command,
    app_command,
    coreml_command,
    latency_command,
    parity_command,
    prepare,
    report_command,
    tables,
    train_command,
)
from benchmarks.files import Plan as FilePlan
from benchmarks.rows import write_rows
from benchmarks.screen import console, show
from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError, DermedgeError
from edge_app.runtime.timing import BenchmarkRow

DEFAULT_OUT = Path("build/benchmarks")
INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """0 when all was measured; 1 when `parity` found a runtime that differs; 2 with one line for bad input."""
    try:
        arguments = parser().parse_args(argv)
        check(arguments)
        return int(arguments.run(arguments))
    except DermedgeError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {' '.join(str(error).split())}; check the disk and the permissions", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    return 2


def parser() -> OneLineParser:
    """The command line."""
    top = OneLineParser(prog="dermedge-bench", description="Measure model bundles on this machine.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    latency_command.add(commands, DEFAULT_OUT)
    parity_command.add(commands, DEFAULT_OUT)
    prepare.add(commands)
    report_command.add(commands)
    android_command.add(commands, DEFAULT_OUT)
    coreml_command.add(commands, DEFAULT_OUT)
    add_files(commands)
    train_command.add(commands, DEFAULT_OUT)
    app_command.add(commands, DEFAULT_OUT)
    return top


def add_files(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    """The commands about files that need no bundle."""
    files = commands.add_parser("files", help="every target and scheme of checkpoints: size, ranks, answers")
    add = files.add_argument
    add("--checkpoint", nargs="+", type=Path, required=True, metavar="C", help="RUN/best.ckpt or .safetensors")
    add("--data", default=FilePlan.data, metavar="D", help="photos to compare with torch on (run@test)")
    add("--count", type=int, default=FilePlan.count, help="photos, class-balanced (200)")
    add("--calibration-data", default=FilePlan.calibration_data, metavar="D", help="for static schemes (run@train)")
    add("--target", nargs="+", default=list(FilePlan.targets), metavar="T", help="default: all")
    add("--threads", type=int, default=FilePlan.threads, help="threads for the model (2)")
    add("--keep", type=Path, metavar="DIR", help="keep the files in this new folder")
    add("--out", type=Path, default=DEFAULT_OUT, help=f"folder for the rows ({DEFAULT_OUT})")
    files.set_defaults(run=run_files)
    executor = commands.add_parser("executor", help="CoreML packages on the project's executor: ops, seconds, float16")
    executor.add_argument("package", nargs="+", type=Path, metavar="FILE.mlpackage")
    executor.set_defaults(run=run_executor)


def check(arguments: argparse.Namespace) -> None:
    """ConfigError for counts below one; `latency` has several numbers of threads and checks its own."""
    for name in ("threads", "rounds"):
        value = getattr(arguments, name, 1)
        if isinstance(value, int) and value < 1:
            raise ConfigError(f"--{name} is {value}; allowed: 1 or more")


def run_files(arguments: argparse.Namespace) -> int:
    """Convert, run, print, write; 1 when a file could not be made or run."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from benchmarks import files

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
    report(rows, tables.file_tables(rows), arguments.out / "files.jsonl")
    for line in failures:
        print(f"failed: {line}", file=sys.stderr)
    return 1 if failures else 0


def run_executor(arguments: argparse.Namespace) -> int:
    """Examine, print."""
    from benchmarks import executor

    screen, found = console(), [executor.examine(path) for path in arguments.package]
    used = set().union(*(one.ops for one in found))
    screen.print(tables.executor_table(found))
    screen.print(f"{len(executor.known_ops())} ops are known, {len(used)} of them in these files (*):")
    screen.print(", ".join(f"{name}*" if name in used else name for name in executor.known_ops()))
    for one in found:
        for line in one.notes:
            screen.print(f"{one.path}: {line}")
    return 0


def report(rows: Sequence[BenchmarkRow], shown: Sequence[Table], out: Path) -> None:
    """Write the rows, print the tables and where they come from."""
    write_rows(rows, out)
    show(rows, shown, out)
