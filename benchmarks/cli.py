"""`python -m benchmarks COMMAND`: measure, print tables, write rows of JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError, DermedgeError

DEFAULT_OUT = Path("build/benchmarks")
INTERRUPTED = 130
# The least and the most of each count. Runtimes make as many threads as they are told to, and end where they cannot.
MANY, MANY_THREADS = 1_000_000, 256
LIMITS = {
    **dict.fromkeys(("rounds", "runs", "lines", "steps", "lead", "count"), (1, MANY)),
    **dict.fromkeys(("photo_rounds", "starts", "arm64_count"), (0, MANY)),
    **dict.fromkeys(("threads", "workers"), (1, MANY_THREADS)),
}


@dataclass(frozen=True)
class Command:
    """`adder` is `module:function` of (parser, default folder); it is imported for the command that was asked for."""

    adder: str
    help: str


COMMANDS = {
    "latency": Command("latency_command:add", "times of bundles and peers: model, stages, cold start, memory"),
    "parity": Command("parity_command:add", "golden photos and others through every runtime, all against all"),
    "prepare": Command("prepare:add", "the bundles that the goals are about, judged by the gate"),
    "report": Command("report_command:add_report", "rows of any origin as one page with plots, and as Markdown"),
    "goals": Command("report_command:add_goals", "the goals for speed, as measured; exit 1 while one is missed"),
    "compare": Command("report_command:add_compare", "what got slower beyond noise; exit 1 if anything did"),
    "android": Command("android_command:add", "bundles on an Android phone, on its CPU and GPU"),
    "coreml": Command("coreml_command:add", "CoreML bundles on a Mac, by compute unit"),
    "profile": Command("profile_command:add", "what an inference spends its time on, by operator or kernel"),
    "files": Command("files_command:add", "every target and scheme of checkpoints: size, ranks, answers"),
    "executor": Command("files_command:add_executor", "CoreML packages on the executor: ops, seconds, float16"),
    "train": Command("train_command:add", "photos a second of the training loop, the bare step, timm's loader"),
    "app": Command("app_command:add", "the app: start, tap to result, memory, the longest frame"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """0 when all was measured; 1 when something differs, failed or missed its goal; 2 with one line for bad input."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        arguments = parser(words).parse_args(words)
        check(arguments)
        return int(arguments.run(arguments))
    except DermedgeError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {' '.join(str(error).split())}; check the disk and the permissions", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted; no file was left half-written", file=sys.stderr)
        return INTERRUPTED
    return 2


def parser(words: Sequence[str]) -> OneLineParser:
    """The command line, with the options of the command that `words` begin with: some need torch to be named."""
    top = OneLineParser(prog="dermedge-bench", description="Measure model bundles on this machine.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        one = commands.add_parser(name, help=command.help)
        if words[:1] == [name]:
            module, _, function = command.adder.partition(":")
            getattr(import_module(f"benchmarks.{module}"), function)(one, DEFAULT_OUT)
    return top


def check(arguments: argparse.Namespace) -> None:
    """ConfigError for a count outside LIMITS, in whichever command has it."""
    for name, (least, most) in LIMITS.items():
        given = getattr(arguments, name, [])
        for value in given if isinstance(given, list) else [given]:
            if not least <= value <= most:
                raise ConfigError(f"--{name.replace('_', '-')} is {value}; allowed: {least} to {most}")
