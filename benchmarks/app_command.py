"""`python -m benchmarks app`: the app on this machine, as its user feels it, in a fresh process under a display."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bounded import bounded
from benchmarks.large_photo import large_photo
from benchmarks.rows import row_of, write_rows
from edge_app.command_line import OneLineParser
from edge_app.runtime import trust
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import BackendError, ConfigError
from edge_app.runtime.timing import percentile
from edge_app.ui.shelf import BUILT_IN, BUILT_IN_KEY, THREADS

# The goals: tap to result, start, memory, the longest frame.
GOALS = {"tap_to_result_p50_ms": 600.0, "usable_s": 3.0, "peak_memory_mb": 400.0, "longest_frame_ms": 100.0}
TIMEOUT_S = 600


def add(command: OneLineParser, out: Path) -> None:
    """The options of `app`."""
    command.add_argument("--bundle", type=Path, help="folder or zip (default: the app's own)")
    command.add_argument("--trusted-key", type=Path, metavar="FILE", help="public key of --bundle")
    command.add_argument("--rounds", type=int, default=10, help="answers that are timed (10)")
    command.add_argument("--out", type=Path, default=out, help=f"folder for the row ({out})")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write."""
    if bool(arguments.bundle) != bool(arguments.trusted_key):
        raise ConfigError("--bundle and --trusted-key belong together; give both or neither")
    path, key = arguments.bundle or BUILT_IN, arguments.trusted_key or BUILT_IN_KEY
    bundle = Bundle.open(path, trusted_keys=trust.keys_of([key]))
    load = {"load_before": os.getloadavg()[0]} if hasattr(os, "getloadavg") else {}
    found = measured(path, key, arguments.rounds) | load
    title = f"The app with {bundle.card.name} {bundle.card.version} ({bundle.card.scheme})"
    table = Table("figure", "measured", "goal", "met", title=title, title_justify="left")
    for name, value in found.items():
        goal = GOALS.get(name)
        met = "" if goal is None else "yes" if value < goal else "no"
        table.add_row(name, f"{value:.4g}", "" if goal is None else f"under {goal:g}", met)
    console = Console()
    console.print(table)
    row = row_of(bundle, benchmark="app", backend="the app's own", threads=THREADS, metrics=found)
    console.print(f"wrote {write_rows([row], arguments.out)}", soft_wrap=True)
    return 0


def measured(bundle: Path, key: Path, rounds: int) -> dict[str, float]:
    """Figures of one fresh process; BackendError with its last words where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        photo.write_bytes(large_photo())
        command = [*display(), sys.executable, "-m", "edge_app.ui.measure"]
        values = [str(photo), str(rounds), str(time.time()), str(bundle.resolve()), str(key.resolve())]
        environment = {**os.environ, "DERMEDGE_APP_DATA": folder}
        done = bounded(
            "the app", [*command, *values], timeout_s=TIMEOUT_S, env=environment,
            next_step="stop what else runs on this machine, or ask for fewer --rounds",
        )  # fmt: skip
    if done.returncode:
        raise BackendError(f"the app could not be measured: {done.stderr[-300:]}; is there a display (xvfb)?")
    found = json.loads(done.stdout.splitlines()[-1])
    whole = [a + b for a, b in zip(found["import_ms"], found["tap_to_result_ms"], strict=True)]
    return {
        "usable_s": found["usable_s"],
        "import_p50_ms": percentile(found["import_ms"], 50),
        "tap_to_result_p50_ms": percentile(found["tap_to_result_ms"], 50),
        "tap_to_result_p90_ms": percentile(found["tap_to_result_ms"], 90),
        "photo_to_result_p50_ms": percentile(whole, 50),
        "longest_frame_ms": found["longest_frame_ms"],
        "longest_frame_cpu_ms": found["longest_frame_cpu_ms"],
        "peak_memory_mb": found["peak_memory_mb"],
    }


def display() -> list[str]:
    """What to put before the command so that it has a display."""
    if os.environ.get("DISPLAY") or not sys.platform.startswith("linux") or not shutil.which("xvfb-run"):
        return []
    return ["xvfb-run", "-a", "-s", "-screen 0 1280x1600x24"]
