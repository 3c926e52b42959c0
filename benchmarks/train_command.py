"""`python -m benchmarks train`: the command line, the table and the row of benchmarks.train_feed."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import machine
from benchmarks.rows import write_rows
from benchmarks.tables import new_table
from benchmarks.train_turns import WAYS, Plan, Turns
from edge_app.command_line import OneLineParser
from edge_app.runtime.timing import BenchmarkRow

if TYPE_CHECKING:
    from train.config import Recipe
    from train.precision import Precision

# Share of the bare step's speed that the real loop is to reach.
GOALS = {"cpu": 0.95, "cuda": 0.9, "mps": 0.9}
TABLE_COLUMNS = 132


def add(command: OneLineParser, out: Path) -> None:
    """The options of `train`."""
    option = command.add_argument
    option("--recipe", default="mobilevitv2_100_dual_weighted", help="as in python -m train")
    option("--data", default="phantom:20", metavar="D", help="photos to train on (phantom:20)")
    option("--set", action="append", default=[], metavar="KEY=VALUE", help="change a setting, as fit.batch_size=64")
    option("--rounds", type=int, default=Plan.rounds, help=f"rounds over the three ways ({Plan.rounds})")
    option("--steps", type=int, default=Plan.steps, help=f"steps of each way in a round ({Plan.steps})")
    option("--lead", type=int, default=Plan.lead, help=f"steps before them that are not counted ({Plan.lead})")
    option("--workers", type=int, default=Plan.workers, help=f"processes of timm's loader ({Plan.workers})")
    option("--threads", type=int, default=1, help="threads of the network on a CPU (1)")
    option("--out", type=Path, default=out, help=f"folder for the row ({out})")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write."""
    plan = Plan(
        recipe=arguments.recipe, data=arguments.data, settings=tuple(arguments.set), rounds=arguments.rounds,
        steps=arguments.steps, lead=arguments.lead, workers=arguments.workers, threads=arguments.threads,
    )  # fmt: skip
    # After the cheap checks: Lightning takes seconds to import.
    from benchmarks.train_feed import measured

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        rounds = bar.add_task("rounds", total=plan.rounds)
        turns, recipe, precision = measured(plan, each_round=lambda: bar.advance(rounds))
    row = row_of(plan, turns, recipe, precision)
    console = Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS, highlight=False)
    console.print(table_of(row))
    console.print(verdict_of(row))
    console.print(f"{row.machine['processor']}, {row.machine['cores']} cores; commit {row.provenance['commit']}")
    console.print(f"row: {write_rows([row], arguments.out / 'train.jsonl')}")
    return 0


def row_of(plan: Plan, turns: Turns, recipe: Recipe, precision: Precision) -> BenchmarkRow:
    """The figures with where they come from."""
    photos = plan.steps * recipe.fit.batch_size
    about = {"batch_size": recipe.fit.batch_size, "side_px": recipe.model.side_px, "steps_a_round": plan.steps,
             "timm_workers": plan.workers}  # fmt: skip
    return BenchmarkRow(
        benchmark="train", model=recipe.model.arch, backend=f"torch {version('torch')}", target=precision.device,
        scheme=precision.lightning, threads=plan.threads, metrics={**turns.metrics(photos), **about},
        machine=machine.machine(), created=machine.now(),
        provenance={**machine.provenance(), "recipe": plan.recipe, "data": plan.data.partition(":")[0],
                    "settings": list(plan.settings)},
    )  # fmt: skip


def table_of(row: BenchmarkRow) -> Table:
    """Photos a second of each way, and what it waited for."""
    found = row.metrics
    size = f"{row.model}, {found['side_px']:.0f} px, batch {found['batch_size']:.0f}, {row.target}"
    rounds = f"{row.threads} threads, {found['rounds']:.0f} rounds of {found['steps_a_round']:.0f} steps"
    columns = ("photos/s", "waiting", "loop against it: median", "lowest", "highest")
    table = new_table(f"Training: {size}, {rounds}", *columns)
    table.columns[0].header = "way"
    for way in WAYS:
        ratio = [f"{found[f'real_of_{way}{part}']:.3f}" for part in ("", "_min", "_max")] if way != "real" else [""] * 3
        table.add_row(way, f"{found[f'{way}_photos_per_s']:.2f}", f"{found[f'{way}_waiting_share']:.2%}", *ratio)
    return table


def verdict_of(row: BenchmarkRow) -> str:
    """The goal, and how much of the loop goes to what the bare step does not do."""
    goal, found = GOALS[row.target], row.metrics
    verdict = "met" if found["real_of_bare"] >= goal else "missed"
    share = f"augmenting takes {found['real_augmenting_share']:.2%} of the loop" if row.target == "cpu" else ""
    measured = f"{found['real_of_bare']:.3f} (by the processor's time {found['real_of_bare_cpu']:.3f})"
    return f"goal: at least {goal} of the bare step: {measured}, {verdict}; {share}".rstrip("; ")
