"""`python -m benchmarks report|compare|goals`: what rows of any origin say."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import compare, goals, machine
from benchmarks.report.collect import collected
from benchmarks.report.page import html, markdown
from benchmarks.screen import console
from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError
from export.targets.whole_file import whole_file


def add_report(command: OneLineParser, out: Path) -> None:
    """The options of `report`."""
    command.add_argument("place", nargs="+", type=Path, metavar="DIR", help="every *.jsonl below it, or such a file")
    command.add_argument("--out", type=Path, metavar="DIR", help="for report.html and report.md (the first DIR)")
    command.set_defaults(run=run_report)


def add_goals(command: OneLineParser, out: Path) -> None:
    """The options of `goals`."""
    command.add_argument("folder", type=Path, metavar="DIR", help="every *.jsonl below it")
    command.set_defaults(run=run_goals)


def add_compare(command: OneLineParser, out: Path) -> None:
    """The options of `compare`."""
    command.add_argument("old", type=Path, metavar="OLD", help="folder of rows")
    command.add_argument("new", type=Path, metavar="NEW", help="folder of rows")
    command.add_argument("--noise", type=float, default=compare.NOISE, help=f"share that is nothing ({compare.NOISE})")
    command.set_defaults(run=run_compare)


def run_report(arguments: argparse.Namespace) -> int:
    """Write both pages, say where."""
    first = arguments.place[0]
    found, out = collected(*arguments.place), arguments.out or (first.parent if first.is_file() else first)
    text = markdown(found, str(machine.provenance()["command"]))
    for name, content in (("report.html", html(found)), ("report.md", text)):
        out.mkdir(parents=True, exist_ok=True)
        with whole_file(out / name) as temporary:
            temporary.write_text(content, encoding="utf-8")
        console().print(f"{out / name}", soft_wrap=True)
    return 0


def run_goals(arguments: argparse.Namespace) -> int:
    """Print the table; 1 while a goal is missed or was not measured."""
    results = goals.measured(collected(arguments.folder).latency)
    console().print(goals.table(results))
    return 0 if all(one.met for one in results) else 1


def run_compare(arguments: argparse.Namespace) -> int:
    """Print the table; 1 if anything got slower, ConfigError where nothing could be judged."""
    if not 0 <= arguments.noise < 1:
        raise ConfigError(f"--noise is {arguments.noise:g}; allowed: 0 up to 1, as in 0.05")
    found = compare.compared(arguments.old, arguments.new, arguments.noise)
    console().print(compare.table(found))
    machines = compare.two_machines(found).removeprefix("; ")
    judged = [one for one in found if one.verdict in compare.JUDGED]
    if not judged:
        why = machines or "each has too few rounds"
        raise ConfigError(f"no file can be compared: {why}; {compare.REMEDY}")
    if machines:
        sys.stderr.write(f"{machines}: {len(judged)} of {len(found)} files are compared, in floors\n")
    return 1 if any(one.verdict == compare.SLOWER for one in judged) else 0
