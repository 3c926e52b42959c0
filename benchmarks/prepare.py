"""`python -m benchmarks prepare`: the bundles that the goals are about, each judged by the gate.

A network comes from a checkpoint that is given, or is trained here on phantoms for some minutes. How long a file takes
does not depend on its weights, but whether the gate lets it through does: files for a claim are made of a checkpoint
that was trained on real photos.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks import refused
from benchmarks.goals import MOBILEVIT, SWIN
from edge_app.command_line import OneLineParser
from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import ConfigError, DermedgeError
from export import bundle
from export.conversion import exported
from export.finishing import Outcome
from export.gate.verdict import Verdict
from export.job import Export
from export.materials import gather
from export.options import Options
from export.preflight import check_export
from export.targets import target as target_module
from export.targets.schemes import needs_calibration
from train.checkpoint import TrainedModel, load_checkpoint, save_safetensors

SCHEMES = {
    # static8 with the two cures that add nothing to an inference.
    "tflite": ("fp32", "static8", "static8_smooth50_bias", "dynamic8"),
    "onnx": ("fp32", "static8", "dynamic8"),
    "coreml": ("fp32",),
}
CALIBRATION_COUNT = 100
# Minutes on two cores, most of them Swin's; the recipe is for one network at one side, so these are replaced.
RECIPE, PHANTOMS, GATE_PHANTOMS = "demo_phantom", "phantom:30:1", "phantom:20:2"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A network of the goals, how photos are fitted for it, and how it is trained here: by what rate, how long, at
    which side (weights of a MobileViTv2 take any; a window of Swin's would be another below 224 px).
    """

    arch: str
    fit: FitRule
    learning_rate: float
    epochs: int
    train_side_px: int


PLACES = (
    Place(
        arch=MOBILEVIT[0], fit=FitRule(side_px=MOBILEVIT[1], resize_px=292), learning_rate=1e-3, epochs=16,
        train_side_px=64,
    ),
    Place(
        arch=SWIN[0], fit=FitRule(side_px=SWIN[1], resize_px=248, filter="bicubic"), learning_rate=3e-4, epochs=4,
        train_side_px=SWIN[1],
    ),
)  # fmt: skip
ARCHS = tuple(place.arch for place in PLACES)


def add(command: OneLineParser, out: Path) -> None:
    """The options of `prepare`."""
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
    lines = []
    for place in PLACES:
        if place.arch not in arguments.network:
            continue
        checkpoint = sided(given.get(place.arch) or trained_here(place, arguments.out), place, arguments.out)
        gate_data = arguments.gate_data or ("run@test" if place.arch in given else GATE_PHANTOMS)
        lines += list(bundles(place, checkpoint, gate_data, arguments))
    for line in lines:
        sys.stderr.write(f"{line}\n")
    return 1 if lines else 0


def bundles(place: Place, checkpoint: Path, gate_data: str, arguments: argparse.Namespace) -> Iterator[str]:
    """Write the bundles that are missing; a line for each that came to nothing. Float answers serve them all."""
    wanted = {
        out: Options(
            targets=(target,), scheme=scheme, checkpoint=checkpoint, out=out,
            gate_data=gate_data, selection_data=arguments.selection_data, calibration_count=CALIBRATION_COUNT,
        )
        for target in arguments.target
        for scheme in SCHEMES[target]
        for out in [arguments.out / place.arch / f"{target}-{scheme}"]
        if not out.exists()
    }  # fmt: skip
    if not wanted:
        return
    first, *_ = wanted.values()
    key = check_export(first)
    materials = gather(first, calibrate=any(needs_calibration(one.scheme) for one in wanted.values()))
    for out, options in wanted.items():
        try:
            with bundle.workplace(out) as workplace:
                target = target_module(options.targets[0])
                export = Export(options=options, materials=materials, target=target, place=workplace, out=out)
                found = exported(export, key)
                if isinstance(found, Outcome):
                    refused.note(arguments.out / refused.FILE, found)
        except DermedgeError as error:
            yield f"{out}: {error}"
            continue
        verdict = getattr(found, "verdict", None)
        if verdict not in {Verdict.PASS, Verdict.INCONCLUSIVE}:
            yield f"{out}: the gate says {verdict}; the file is in rejected/ and does not count"


def trained_here(place: Place, out: Path) -> Path:
    """The run on phantoms; made once."""
    from train.cli import main as train

    run_folder = out / place.arch / "run"
    checkpoint = run_folder / "best.ckpt"
    if not checkpoint.exists():
        settings = {
            "model.arch": place.arch, "model.side_px": place.train_side_px, "model.filter": place.fit.filter,
            "model.resize_px": place.fit.resize_px * place.train_side_px // place.fit.side_px,
            "optimizer.lr": place.learning_rate, "fit.epochs": place.epochs,
        }  # fmt: skip
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
