"""`python -m benchmarks parity`: golden photos and others through every runtime, here and elsewhere."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import tables
from benchmarks.answers import bundle_rows, photos_of, torch_row
from benchmarks.elsewhere import ARM64, OLD_RUNTIME, environments
from benchmarks.latency_rows import title_of
from benchmarks.latency_tables import failure_table
from benchmarks.parity import BENCHMARK
from benchmarks.parity_matrix import matrices
from benchmarks.rows import write_rows
from benchmarks.screen import show
from edge_app.command_line import OneLineParser
from edge_app.runtime import trust
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import Label
from edge_app.runtime.timing import BenchmarkRow
from train.checkpoint import TrainedModel, load_checkpoint

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
    add(
        "--arm64-count",
        type=int,
        default=ARM64_PHOTOS,
        help=f"golden photos, and others, on arm64 ({ARM64_PHOTOS})",
    )
    add("--threads", type=int, default=2, help="threads for the model (2)")
    add("--out", type=Path, default=out, help=f"folder for the rows ({out})")
    add("--trusted-key", action="append", default=[], type=Path, metavar="FILE")
    add("--allow-unsigned", action="store_true")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; 1 when a runtime differs by more than its bundle allows, or fails."""
    if arguments.checkpoint and not arguments.data:
        raise ConfigError("--checkpoint answers for the photos of --data; name some, as in --data phantom:4:5")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    keys = trust.keys_of(arguments.trusted_key)
    bundles = [
        Bundle.open(path, trusted_keys=keys, allow_unsigned=arguments.allow_unsigned) for path in arguments.bundle
    ]
    trained = [checkpoint_of(path, bundles) for path in arguments.checkpoint]
    rows = measured(bundles, trained, arguments)
    golden = [row for row in rows if row.benchmark == BENCHMARK]
    out = write_rows(rows, arguments.out / FILE)
    compared = [table for found in matrices(rows) for table in tables.matrix_tables(found)]
    shown = [tables.parity_table(golden), *compared, failure_table(rows)]
    show(rows, [table for table in shown if table.row_count], out)
    found = complaints(golden)
    for line in found:
        say(line)
    return 1 if found else 0


def say(line: str) -> None:
    """A line beside the tables."""
    sys.stderr.write(f"{line}\n")


def checkpoint_of(path: Path, bundles: list[Bundle]) -> TrainedModel:
    """The checkpoint in `path`; ConfigError where no bundle has its network and classes."""
    trained = load_checkpoint(path)
    have = dict.fromkeys(network_of(bundle.card.arch, bundle.card.labels) for bundle in bundles)
    mine = network_of(trained.arch, trained.labels)
    if mine not in have:
        raise ConfigError(f"--checkpoint {path} is {mine}; allowed are those of the bundles: {'; '.join(have)}")
    return trained


def network_of(arch: str, labels: Sequence[Label]) -> str:
    """Architecture and classes: where they are the same, answers can be compared."""
    return f"{arch} ({', '.join(label.code for label in labels)})"


def measured(bundles: list[Bundle], trained: list[TrainedModel], arguments: argparse.Namespace) -> list[BenchmarkRow]:
    """What everything answers, bundle after bundle: torch before the runtimes of its first bundle."""
    elsewhere, missing = environments(arguments.old_runtime, arguments.arm64, arguments.arm64_count)
    for line in missing:
        say(line)
    rules = dict.fromkeys(bundle.card.fit for bundle in bundles) if arguments.data else {}
    photos = {rule: photos_of(arguments.data, arguments.count, rule) for rule in rules}
    rows, answered = [], set[tuple[str, str]]()
    for bundle in bundles:
        others = photos.get(bundle.card.fit)
        for one in trained:
            is_own = network_of(one.arch, one.labels) == network_of(bundle.card.arch, bundle.card.labels)
            if others is not None and is_own and (one.sha256, others.sha256) not in answered:
                answered.add((one.sha256, others.sha256))
                rows.append(torch_row(one, others, arguments.threads))
        rows += bundle_rows(bundle, others, elsewhere, arguments.threads, say)
    return rows


def complaints(golden: Sequence[BenchmarkRow]) -> list[str]:
    """A line for each runtime that failed, or that differs by more than its bundle allows."""
    lines = []
    for row in golden:
        if "failed" in row.provenance:
            lines.append(f"failed: {title_of(row)}: {row.provenance['failed']}")
        elif not row.metrics["within_tolerance"]:
            found = row.metrics
            lines.append(
                f"differs: {title_of(row)}, {row.backend}: by {found['max_logit_difference']:.3g} in a logit of"
                f" {found['photos']:.0f} golden photos; its bundle allows {found['tolerance']:.3g}"
            )
    return lines
