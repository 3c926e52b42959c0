"""`python -m benchmarks profile`: what an inference of a file spends its time on, by operator or by kernel.

onnxruntime measures each of its nodes. TensorFlow Lite runs a whole file as one XNNPACK call, so there Linux's `perf`
samples which of XNNPACK's kernels is at work; their names tell the precision, the tile and the instructions.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.screen import console
from benchmarks.tables import new_table
from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError

WARMUP, RUNS = 5, 30
PERF_SECONDS, PERF_HERTZ = 5, 2000
# Of what we run at a higher priority than others, perf may get no turn to end.
PERF_SECONDS_MAX = 60
PERF_LINE = re.compile(r"^\s*(\d+\.\d+)%\s+(?:\S+\s+)?\[[.k]\]\s+(\S.*?)\s*$")
NODE_SUFFIX = "_kernel_time"


def add(command: OneLineParser, out: Path) -> None:
    """The options of `profile`."""
    add = command.add_argument
    add("file", nargs="+", type=Path, metavar="FILE", help=".tflite or .onnx")
    add("--threads", type=int, default=1, help="threads for the model (1)")
    add("--lines", type=int, default=12, help="operators or kernels that are listed (12)")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print."""
    for path in arguments.file:
        if path.suffix not in PROFILERS:
            raise ConfigError(f"{path} cannot be profiled; allowed: files that end in {', '.join(PROFILERS)}")
        if not path.is_file():
            raise ConfigError(f"{path} is not there; name a model file, as in build/goals/.../model.onnx")
    for path in arguments.file:
        shares = PROFILERS[path.suffix](path, arguments.threads)
        table = new_table(f"{path}, {arguments.threads} thread(s)", "share")
        for name, share in largest(shares, arguments.lines):
            table.add_row(name, f"{share:.1%}")
        console().print(table)
    return 0


def largest(shares: Mapping[str, float], count: int) -> list[tuple[str, float]]:
    """The `count` largest shares, the largest first, and the rest together."""
    ordered = sorted(shares.items(), key=lambda pair: -pair[1])
    rest = sum(share for _, share in ordered[count:])
    return [*ordered[:count], *([("all others", rest)] if rest else [])]


def onnx_shares(model: Path, threads: int) -> dict[str, float]:
    """The share of each kind of operator, after the runtime's own fusions."""
    from benchmarks.runners import onnx_feed, onnx_options, onnx_session

    options = onnx_options(threads)
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
        options.enable_profiling, options.profile_file_prefix = True, str(Path(folder) / "profile")
        session = onnx_session(model, options)
        feed = onnx_feed(session)
        for _ in range(WARMUP + RUNS):
            session.run(None, feed)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    return shares_of_events(events)


def shares_of_events(events: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Each kind's share of the sum of its nodes' medians; the first runs of a node are not counted."""
    by_node: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(NODE_SUFFIX):
            by_node[(event["args"]["op_name"], event["name"])].append(float(event["dur"]))
    kinds: dict[str, float] = defaultdict(float)
    for (kind, _), times in by_node.items():
        kinds[kind] += median(times[WARMUP:] or times)
    total = sum(kinds.values())
    return {kind: time / total for kind, time in kinds.items()}


def tflite_shares(model: Path, threads: int) -> dict[str, float]:
    """The share of each kernel, sampled by perf while the file runs again and again in this process."""
    from benchmarks.runners import open_runner

    if shutil.which("perf") is None:
        raise ConfigError("perf is not installed, which samples XNNPACK's kernels; apt-get install linux-perf")
    runner = open_runner(model, threads)
    for _ in range(WARMUP):
        runner.run()
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
        data = str(Path(folder) / "perf.data")
        words = ["perf", "record", "-q", "-e", "cpu-clock", "-F", str(PERF_HERTZ), "-p", str(os.getpid()), "-o", data]
        with subprocess.Popen([*words, "--", "sleep", str(PERF_SECONDS)], stderr=subprocess.DEVNULL) as sampling:
            end = time.monotonic() + PERF_SECONDS_MAX
            while sampling.poll() is None and time.monotonic() < end:
                runner.run()
            sampling.kill()
        if sampling.returncode != 0:
            raise ConfigError(f"perf ended with {sampling.returncode}; `perf record -p PID` says what it may not")
        report = ["perf", "report", "-i", data, "--stdio", "--sort", "sym"]
        said = subprocess.run(report, capture_output=True, text=True, check=True).stdout
    return shares_of_report(said.splitlines())


def shares_of_report(lines: Sequence[str]) -> dict[str, float]:
    """Symbol and share of each line of `perf report --stdio --sort sym`."""
    found = [match.groups() for match in map(PERF_LINE.match, lines) if match]
    return {name: float(percent) / 100 for percent, name in found}


PROFILERS = {".tflite": tflite_shares, ".onnx": onnx_shares}
