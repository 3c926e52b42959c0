"""`python -m benchmarks prepare`: the bundles that the goals are about, each judged by the gate.

A network comes from a checkpoint that is given, or is trained here on phantoms for a while: long enough for answers
that 8 bits could spoil, so that the gate has something to lose. How long a file takes does not depend on its weights.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks.goals import MOBILEVIT, SWIN
from edge_app.command_line import OneLineParser
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import ConfigError, DermedgeError
from export import api
from train.checkpoint import TrainedModel, load_checkpoint, save_safetensors

SCHEMES = {"tflite": ("fp32", "static8", "dynamic8"), "onnx": ("fp32", "static8", "dynamic8"), "coreml": ("fp32",)}
CALIBRATION_COUNT = 100
# Hours on two cores, most of them Swin's; the recipe is for one network at one side, so these are replaced.
RECIPE, PHANTOMS, GATE_PHANTOMS = "demo_phantom", "phantom:100:1", "phantom:20:2"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A network of the goals, how photos are fitted for it, and at which rate it learns."""

    arch: str
    fit: FitRule
    learning_rate: float


PLACES = (
    Place(arch=MOBILEVIT[0], fit=FitRule(side_px=MOBILEVIT[1], resize_px=292), learning_rate=1e-3),
    Place(arch=SWIN[0], fit=FitRule(side_px=SWIN[1], resize_px=248, filter="bicubic"), learning_rate=3e-4),
)
ARCHS = tuple(place.arch for place in PLACES)


def add(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    """The command `prepare`."""
    command = commands.add_parser("prepare", help="the bundles that the goals are about, judged by the gate")
    add = command.add_argument
    add("--out", type=Path, default=Path("build/goals"), help="folder for the bundles; those there are kept")
    add("--checkpoint", nargs="+", type=Path, default=[], metavar="C", help="of these networks, in place of made ones")
    add("--gate-data", metavar="D", help=f"judges (run@test of a checkpoint given, else {GATE_PHANTOMS})")
    add("--selection-data", default="run@val", metavar="D", help="chooses the temperature (run@val)")
    add("--network", nargs="+", default=list(ARCHS), choices=ARCHS, help="default: both")
    add("--target", nargs="+", default=list(SCHEMES), choices=list(SCHEMES), help="default: all")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make what is missing; 1 where a file was refused by the gate or could not be made."""
    given = {load_checkpoint(path).arch: path for path in arguments.checkpoint}
    strange = set(given) - set(ARCHS)
    if strange:
        raise ConfigError(f"--checkpoint is of {min(strange)}; allowed: {', '.join(ARCHS)}")
    refused = []
    for place in PLACES:
        if place.arch not in arguments.network:
            continue
        checkpoint = sided(given.get(place.arch) or trained_here(place, arguments.out), place, arguments.out)
        gate_data = arguments.gate_data or ("run@test" if place.arch in given else GATE_PHANTOMS)
        refused += list(bundles(place, checkpoint, gate_data, arguments))
    for line in refused:
        sys.stderr.write(f"{line}\n")
    return 1 if refused else 0


def bundles(place: Place, checkpoint: Path, gate_data: str, arguments: argparse.Namespace) -> Iterator[str]:
    """Write the bundles that are missing; a line for each that came to nothing."""
    for target in arguments.target:
        for scheme in SCHEMES[target]:
            out = arguments.out / place.arch / f"{target}-{scheme}"
            if out.exists():
                continue
            try:
                found = api.convert(
                    target=target, scheme=scheme, checkpoint=checkpoint, out=out, gate_data=gate_data,
                    selection_data=arguments.selection_data,
                    calibration_count=CALIBRATION_COUNT,
                )  # fmt: skip
            except DermedgeError as error:
                yield f"{out}: {error}"
                continue
            verdict = getattr(found[target], "verdict", None)
            if verdict not in {"pass", "inconclusive"}:
                yield f"{out}: the gate says {verdict}; the file is in rejected/ and does not count"


def trained_here(place: Place, out: Path) -> Path:
    """The run on phantoms; made once."""
    from train.cli import main as train

    run_folder = out / place.arch / "run"
    checkpoint = run_folder / "best.ckpt"
    if not checkpoint.exists():
        fit = place.fit
        model = {"arch": place.arch, "side_px": fit.side_px, "resize_px": fit.resize_px, "filter": fit.filter}
        settings = {**{f"model.{name}": value for name, value in model.items()}, "optimizer.lr": place.learning_rate}
        words = ["--recipe", RECIPE, "--init", "none", "--data", PHANTOMS, "--out", str(run_folder)]
        if train([*words, *(word for name, value in settings.items() for word in ("--set", f"{name}={value}"))]) != 0:
            raise ConfigError(f"{place.arch} could not be trained; remove {run_folder} and mend what was said above")
    return checkpoint


def sided(checkpoint: Path, place: Place, out: Path) -> Path:
    """`checkpoint`, or where it was trained at another side a copy that says `place`'s: its weights take any side."""
    trained = load_checkpoint(checkpoint)
    if trained.fit.side_px == place.fit.side_px:
        return checkpoint
    copy = out / place.arch / f"{trained.sha256[:8]}-{place.fit.side_px}.safetensors"
    copy.parent.mkdir(parents=True, exist_ok=True)
    resided: TrainedModel = replace(trained, fit=place.fit)
    save_safetensors(resided, copy, extra={"note": f"trained at {trained.fit.side_px} px"}, dtype=torch.float32)
    return copy
