"""The command line of an export, checked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError
from export.targets import TARGETS

AUTO = "auto"
CALIBRATION_COUNT = (16, 10_000)
EPILOG = """\
exit: 0 pass or inconclusive, 2 bad input, 3 fail (no bundle is written), 4 inconclusive under --strict.
other commands: keygen OUT | verify BUNDLE | inspect FILE | doctor (each with --help).
data are spelled KIND:PATH[@SPLIT] (phantom:N[:SEED], folder:PATH, ham10000:PATH) or run@SPLIT for the photos that the
checkpoint's own run set aside."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to export, to where, judged on what. `scheme` "auto" tries all; `strict` makes inconclusive exit 4."""

    target: str
    checkpoint: Path
    out: Path
    scheme: str = AUTO
    calibration_data: str = "run@train"
    selection_data: str = "run@val"
    gate_data: str = "run@test"
    max_accuracy_drop: float = 0.01
    max_recall_drop: float = 0.02
    recall_tolerance: tuple[str, ...] = ()
    strict: bool = False
    sign_key: Path | None = None
    calibration_count: int = 300
    seed: int = 0
    full: bool = False
    threads: int = 2

    def __post_init__(self) -> None:
        low, high = CALIBRATION_COUNT
        if not low <= self.calibration_count <= high:
            raise ConfigError(f"--calibration-count is {self.calibration_count}; allowed: {low} to {high} photos")
        if self.seed < 0:
            raise ConfigError(f"--seed is {self.seed}; allowed: 0 or more")
        if self.threads < 1:
            raise ConfigError(f"--threads is {self.threads}; allowed: 1 or more")


def export_parser(prog: str) -> OneLineParser:
    """Arguments of an export; names are those of `Options`."""
    parser = OneLineParser(
        prog=prog,
        description="Turn a trained checkpoint into a verified model bundle for phones.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--target", required=True, choices=sorted(TARGETS), help="what the phone runs")
    add("--checkpoint", required=True, type=Path, metavar="FILE", help="RUN/best.ckpt, or .safetensors with its card")
    add("--out", required=True, type=Path, metavar="DIR", help="the bundle's folder; an older bundle there is replaced")
    add("--scheme", default=AUTO, metavar="S", help="one of the target's, or auto (default): the smallest that holds")
    add("--calibration-data", default=Options.calibration_data, metavar="D", help="default: run@train")
    add("--selection-data", default=Options.selection_data, metavar="D", help="chooses scheme, temperature; run@val")
    add("--gate-data", default=Options.gate_data, metavar="D", help="judges; seen by nothing else; default: run@test")
    add("--max-accuracy-drop", type=float, default=Options.max_accuracy_drop, metavar="X", help="default: 0.01")
    add("--max-recall-drop", type=float, default=Options.max_recall_drop, metavar="X", help="of a class; default: 0.02")
    add(
        "--recall-tolerance", nargs="+", action="extend", default=[], metavar="CLASS=X",
        help="another drop for a class or tier, as in mel=0.01 tier:urgent=0.005",
    )  # fmt: skip
    add("--strict", action="store_true", help="exit 4 when the gate is inconclusive")
    add("--sign-key", type=Path, metavar="FILE", help="sign the bundle with this key (keygen makes one)")
    add("--calibration-count", type=int, default=Options.calibration_count, metavar="N", help="photos; default: 300")
    add("--seed", type=int, default=Options.seed, help="which photos calibrate; default: 0")
    add("--full", action="store_true", help="with auto, measure every scheme, not only up to the first that passes")
    add("--threads", type=int, default=Options.threads, help="of the runtime that is judged; default: 2")
    return parser


def parse(argv: Sequence[str], prog: str) -> Options:
    """Options of a command line; ConfigError in one line for one that makes no sense."""
    values = vars(export_parser(prog).parse_args(argv))
    return Options(**{**values, "recall_tolerance": tuple(values["recall_tolerance"])})
