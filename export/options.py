"""What an export is asked for, checked, and its command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.command_line import OneLineParser
from edge_app.runtime.errors import ConfigError
from export.quantize.preference import LATENCY, PREFERENCES, Preference
from export.targets import TARGETS
from export.targets.schemes import QAT

AUTO, ALL = "auto", "all"
RUN = "run@"
# The gate's photos are those of several runs, each on the fold that it was not trained on.
FOLDS = RUN + "folds"
CALIBRATION_COUNT = (16, 10_000)
SIDE_PX = (16, 2048)
EPILOG = """\
exit: 0 pass or inconclusive, 2 bad input, 3 fail (no bundle is written), 4 inconclusive under --strict; of several
targets the worst.
several targets: bundles in DIR/tflite, DIR/onnx, DIR/coreml; photos and float answers are shared.
a checkpoint trained elsewhere: --arch TIMM_NAME --labels FILE, and data of your own for every step.
other commands: keygen OUT | verify BUNDLE | inspect FILE | sign BUNDLE OUT | pack BUNDLE OUT.zip | gate FILE |
gate-error | doctor (each with --help).
data are spelled KIND:PATH[@SPLIT] (phantom:N[:SEED], folder:PATH, ham10000:PATH) or run@SPLIT for the photos that the
checkpoint's own run set aside; --gate-data run@folds pools the folds of a cross-validation (docs/gate.md)."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Whose weights: a checkpoint of ours, or with `arch` and `labels` any timm model's state dict.

    `side_px`, `mean` and `std` (of colours in 0..1) replace what timm states for `arch`.
    """

    checkpoint: Path
    arch: str | None = None
    labels: Path | None = None
    side_px: int | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if (self.arch is None) != (self.labels is None):
            given, wanted = ("--arch", "--labels") if self.labels is None else ("--labels", "--arch")
            raise ConfigError(f"{given} goes with {wanted}: --arch TIMM_NAME --labels FILE; give both or none")
        for name, value in (("--side", self.side_px), ("--mean", self.mean), ("--std", self.std)):
            if value is not None and self.arch is None:
                raise ConfigError(f"{name} goes with --arch; a checkpoint of our own says what it was trained on")
        if self.side_px is not None and not SIDE_PX[0] <= self.side_px <= SIDE_PX[1]:
            raise ConfigError(f"--side is {self.side_px}; allowed: {SIDE_PX[0]} to {SIDE_PX[1]} px")
        refuse_colours("--mean", self.mean, lowest_allowed=True)
        refuse_colours("--std", self.std, lowest_allowed=False)

    @property
    def foreign(self) -> bool:
        """Whether it was trained elsewhere."""
        return self.arch is not None


def refuse_colours(name: str, values: tuple[float, ...] | None, *, lowest_allowed: bool) -> None:
    """ConfigError unless `values` are three shares of the full range; 0 only where `lowest_allowed`."""
    if values is None:
        return
    if len(values) != 3 or not all(0.0 <= v <= 1.0 and (v > 0.0 or lowest_allowed) for v in values):
        span = "from 0" if lowest_allowed else "above 0"
        shown = " ".join(f"{value:g}" for value in values)
        raise ConfigError(f"{name} is {shown}; allowed: three numbers {span} to 1, of colours in 0..1")


@dataclass(frozen=True, kw_only=True)
class Judging:
    """On what and how strictly a file is judged. Drops are shares: 0.02 is two photos in a hundred."""

    gate_data: str = "run@test"
    max_accuracy_drop: float = 0.01
    max_recall_drop: float = 0.02
    recall_tolerance: tuple[str, ...] = ()
    strict: bool = False
    threads: int = 2

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ConfigError(f"--threads is {self.threads}; allowed: 1 or more")


@dataclass(frozen=True, kw_only=True)
class GateOptions(Source, Judging):
    """Against which float model a file is judged, on what, how strictly."""

    def __post_init__(self) -> None:
        Source.__post_init__(self)
        Judging.__post_init__(self)
        if self.gate_data == FOLDS:
            raise ConfigError(f"--gate-data is {FOLDS}, but one file is one run's; give {FOLDS} to an export")


@dataclass(frozen=True, kw_only=True)
class Options(Source, Judging):
    """What to export, to where, judged on what. `scheme` "auto" tries all; `strict` makes inconclusive exit 4.

    `fold_checkpoints` are the other runs of a cross-validation, with the gate data "run@folds".
    """

    targets: tuple[str, ...]
    out: Path
    fold_checkpoints: tuple[Path, ...] = ()
    scheme: str = AUTO
    calibration_data: str = "run@train"
    selection_data: str = "run@val"
    sign_key: Path | None = None
    calibration_count: int = 300
    seed: int = 0
    full: bool = False
    qat_epochs: int = 0
    prefer: Preference = LATENCY
    report: Path | None = None
    with_photos: bool = False

    def __post_init__(self) -> None:
        Source.__post_init__(self)
        Judging.__post_init__(self)
        low, high = CALIBRATION_COUNT
        if not low <= self.calibration_count <= high:
            raise ConfigError(f"--calibration-count is {self.calibration_count}; allowed: {low} to {high} photos")
        if self.with_photos and self.report is None:
            raise ConfigError("--with-photos shows photos in a working report; say where by --report DIR")
        self.refuse_folds()
        self.refuse_training()
        if self.seed < 0:
            raise ConfigError(f"--seed is {self.seed}; allowed: 0 or more")
        strange = [name for name in self.targets if name not in TARGETS]
        if strange or not self.targets:
            raise ConfigError(f"--target is {' '.join(strange) or 'missing'}; allowed: {', '.join(TARGETS)}, {ALL}")

    def refuse_folds(self) -> None:
        """ConfigError for runs without a pooled gate, for one without runs, and for what would let a fold be seen."""
        if self.gate_data != FOLDS:
            if self.fold_checkpoints:
                raise ConfigError(f"--fold-checkpoints goes with --gate-data {FOLDS}, not {self.gate_data}")
            return
        if self.foreign:
            raise ConfigError(f"--gate-data {FOLDS} needs runs with lists of their photos, which --arch has not")
        if not self.fold_checkpoints:
            raise ConfigError(
                f"--gate-data {FOLDS} needs a run for each fold: --checkpoint is one, name all others with"
                " --fold-checkpoints FILE ..."
            )
        if self.scheme == QAT or self.qat_epochs:
            raise ConfigError(
                f"--gate-data {FOLDS} judges how files are made, and {QAT} trains each anew; leave --qat-epochs and"
                f" --scheme {QAT} out, or gate with other photos"
            )
        for name, value, allowed in (
            ("--selection-data", self.selection_data, RUN + "test"),
            ("--calibration-data", self.calibration_data, RUN + "train"),
        ):
            if value != allowed:
                raise ConfigError(
                    f"{name} is {value}; with --gate-data {FOLDS} it has to be {allowed}: a fold validates"
                )

    def refuse_training(self) -> None:
        """ConfigError for epochs of training that no scheme asks for, or that a scheme lacks."""
        fits = {QAT: self.qat_epochs > 0, AUTO: self.qat_epochs >= 0}
        if not fits.get(self.scheme, self.qat_epochs == 0):
            raise ConfigError(
                f"--qat-epochs is {self.qat_epochs} with --scheme {self.scheme}; allowed: 1 or more with {AUTO} or"
                f" {QAT}, 0 with any but {QAT}"
            )
        if self.qat_epochs and self.foreign:
            raise ConfigError("--qat-epochs needs a run's own training photos, which --arch has not; leave it out")

    def report_of(self, target: str) -> Path | None:
        """Where the working report of `target` goes, if one is wanted; of several targets a folder for each."""
        return self.report if self.report is None or len(self.targets) == 1 else self.report / target

    def out_of(self, target: str) -> Path:
        """Where the bundle of `target` goes: `out` itself, or of several targets a folder of that name in it."""
        return self.out if len(self.targets) == 1 else self.out / target


def expanded(targets: Sequence[str]) -> tuple[str, ...]:
    """`targets` without repetitions, "all" spelled out, in the order of `TARGETS`."""
    wanted = set(TARGETS) if ALL in targets else set(targets)
    return tuple(name for name in TARGETS if name in wanted)


def add_source(parser: argparse.ArgumentParser) -> None:
    """Arguments of `Source`."""
    add = parser.add_argument
    add("--checkpoint", required=True, type=Path, metavar="FILE", help="RUN/best.ckpt, or .safetensors with its card")
    add("--arch", metavar="NAME", help="timm's name of a model trained elsewhere; FILE is its state dict")
    add("--labels", type=Path, metavar="FILE", help="its classes in the order of its outputs, one code a line or JSON")
    add("--side", dest="side_px", type=int, metavar="PX", help="its input side; default: timm's")
    add("--mean", nargs=3, type=float, metavar="X", help="of its colours in 0..1; default: timm's")
    add("--std", nargs=3, type=float, metavar="X", help="of its colours in 0..1; default: timm's")


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Arguments of `Judging`."""
    add = parser.add_argument
    add("--gate-data", default=Judging.gate_data, metavar="D", help="judges; seen by nothing else; default: run@test")
    add("--max-accuracy-drop", type=float, default=Judging.max_accuracy_drop, metavar="X", help="default: 0.01")
    add("--max-recall-drop", type=float, default=Judging.max_recall_drop, metavar="X", help="of a class; default: 0.02")
    add(
        "--recall-tolerance", nargs="+", action="extend", default=[], metavar="CLASS=X",
        help="another drop for a class or tier, as in mel=0.01 tier:urgent=0.005",
    )  # fmt: skip
    add("--strict", action="store_true", help="exit 4 when the gate is inconclusive")
    add("--threads", type=int, default=Judging.threads, help="of the runtime that is judged; default: 2")


def export_parser(prog: str) -> OneLineParser:
    """Arguments of an export; names are those of `Options`."""
    parser = OneLineParser(
        prog=prog,
        description="Turn a trained checkpoint into a verified model bundle for phones.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--target", required=True, action="append", dest="targets", choices=[*TARGETS, ALL],
        help="what the phone runs; may be repeated",
    )  # fmt: skip
    add_source(parser)
    add("--out", required=True, type=Path, metavar="DIR", help="the bundle's folder; an older bundle there is replaced")
    add("--scheme", default=AUTO, metavar="S", help="one of the target's, or auto (default): a search, see --prefer")
    add("--calibration-data", default=Options.calibration_data, metavar="D", help="default: run@train")
    add("--selection-data", default=Options.selection_data, metavar="D", help="chooses scheme, temperature; run@val")
    add_judging(parser)
    add(
        "--fold-checkpoints", nargs="+", type=Path, action="extend", default=[], metavar="FILE",
        help="with --gate-data run@folds: best.ckpt of every other fold's run; --checkpoint's is the one that ships",
    )  # fmt: skip
    add("--sign-key", type=Path, metavar="FILE", help="sign the bundle with this key (keygen makes one)")
    add("--calibration-count", type=int, default=Options.calibration_count, metavar="N", help="photos; default: 300")
    add("--seed", type=int, default=Options.seed, help="which photos calibrate, in which order they train; default: 0")
    add("--report", type=Path, metavar="DIR", help="also write a working report there: HTML, Markdown, JSON")
    add("--with-photos", action="store_true", help="show the photos whose answer changed, in the working report alone")
    add(
        "--prefer", choices=PREFERENCES, default=Options.prefer,
        help="with auto, which of the files that hold to take: the fastest (default) or the smallest",
    )  # fmt: skip
    add(
        "--qat-epochs", type=int, default=Options.qat_epochs, metavar="N",
        help="with auto or qat8: train for 8 bits for N epochs of the run's own photos; default: 0, not at all",
    )  # fmt: skip
    add("--full", action="store_true", help="with auto, measure every scheme, not only up to the first that passes")
    return parser


def parse(argv: Sequence[str], prog: str) -> Options:
    """Options of a command line; ConfigError in one line for one that makes no sense."""
    values = as_fields(export_parser(prog).parse_args(argv))
    return Options(**{**values, "targets": expanded(values["targets"])})


def as_fields(parsed: argparse.Namespace) -> dict[str, Any]:
    """Parsed arguments as fields of the classes above: lists become tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in vars(parsed).items()}
