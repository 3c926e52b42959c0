"""`python -m benchmarks parity`: golden photos and others through every runtime, here and elsewhere."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from rich.console import Console

from benchmarks import tables
from benchmarks.answers import bundle_rows, photos_of, torch_row
from benchmarks.elsewhere import ARM64, OLD_RUNTIME, environments
from benchmarks.latency_tables import failure_table
from benchmarks.parity import bundle_parities
from benchmarks.parity_matrix import matrices
from benchmarks.rows import row_of, write_rows
from benchmarks.screen import show
from edge_app.command_line import OneLineParser
from edge_app.runtime import trust
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.timing import BenchmarkRow
from train.checkpoint import load_checkpoint

FILE = "parity.jsonl"
ARM64_PHOTOS = 4


def add(command: OneLineParser, out: Path) -> None:
    """The options of `parity`."""
    add = command.add_argument
    add("--bundle", nargs="+", type=Path, required=True, metavar="B", help="folders or zips")
    add("--data", metavar="D", help="photos beside the golden ones, as in phantom:4:5 or ham10000:PATH@test")
    add("--count", type=int, default=32, help="how many of them, classes in turn (32)")
    add("--checkpoint", nargs="+", type=Path, default=[], metavar="C", help="what the bundles were made of: torch, too")
    add("--old-runtime", type=Path, default=OLD_RUNTIME, metavar="PYTHON", help=f"with tflite-runtime ({OLD_RUNTIME})")
    add("--arm64", type=Path, default=ARM64, metavar="DIR", help=f"of benchmarks/arm64/setup.sh ({ARM64})")
    add("--arm64-count", type=int, default=ARM64_PHOTOS, help=f"photos for arm64, which is slow ({ARM64_PHOTOS})")
    add("--threads", type=int, default=2, help="threads for the model (2)")
    add("--out", type=Path, default=out, help=f"folder for the rows ({out})")
    add("--trusted-key", action="append", default=[], type=Path, metavar="FILE")
    add("--allow-unsigned", action="store_true")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; 1 when a runtime differs by more than its bundle allows, or fails."""
    check(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    keys, say = trust.keys_of(arguments.trusted_key), Console(stderr=True, highlight=False).print
    bundles = [
        Bundle.open(path, trusted_keys=keys, allow_unsigned=arguments.allow_unsigned) for path in arguments.bundle
    ]
    rows = [
        row_of(bundle, benchmark="parity", backend=found.backend, threads=arguments.threads, metrics=found.metrics())
        for bundle in bundles
        for found in bundle_parities(bundle, arguments.threads, say)
    ]
    within = all(row.metrics["within_tolerance"] for row in rows)
    answers = answer_rows(bundles, arguments) if arguments.data else []
    out = write_rows([*rows, *answers], arguments.out / FILE)
    shown = [tables.parity_table(rows), *map(tables.matrix_table, matrices(answers)), failure_table(answers)]
    show(rows, [table for table in shown if table.row_count], out)
    return 0 if within else 1


def check(arguments: argparse.Namespace) -> None:
    """ConfigError for counts below one, and for what goes with --data alone."""
    for name in ("threads", "count", "arm64_count"):
        if getattr(arguments, name) < 1:
            raise ConfigError(f"--{name.replace('_', '-')} is {getattr(arguments, name)}; allowed: 1 or more")
    if arguments.checkpoint and not arguments.data:
        raise ConfigError("--checkpoint answers for the photos of --data; name some, as in --data phantom:4:5")


def answer_rows(bundles: list[Bundle], arguments: argparse.Namespace) -> list[BenchmarkRow]:
    """What everything answers for the photos of --data: torch first, then bundle after bundle."""
    say = Console(stderr=True, highlight=False).print
    elsewhere = environments(arguments.old_runtime, arguments.arm64, arguments.arm64_count)
    trained = [load_checkpoint(path) for path in arguments.checkpoint]
    rows, answered = [], set[tuple[str, str]]()
    for bundle in bundles:
        photos = photos_of(arguments.data, arguments.count, bundle.card.fit)
        for one in trained:
            if one.arch == bundle.card.arch and (one.sha256, photos.sha256) not in answered:
                answered.add((one.sha256, photos.sha256))
                rows.append(torch_row(one, photos, arguments.threads))
        rows += bundle_rows(bundle, photos, elsewhere, arguments.threads, say)
    return rows
