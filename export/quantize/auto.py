"""The search of one target: its schemes and treatments on the selection photos, remembered over interruptions."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from torch import nn

from edge_app.runtime.classifier import Classifier
from export.gate.examine import Reference
from export.gate.tolerances import Tolerances
from export.progress import say
from export.quantize.candidate import Candidate
from export.quantize.choice import choose, explained
from export.quantize.curing import Make, converter
from export.quantize.ladder import Ladder, climb
from export.quantize.preference import Preference
from export.quantize.resume import Memory
from export.quantize.rewrites import Rewrites
from export.quantize.risk import Sizes
from export.quantize.treatment import Cures
from export.quantize.trial import Trial
from export.targets.schemes import SUFFIXES

# The module and class that treats a target's files; targets that are not here have plain schemes alone.
CURES = {
    "tflite": "export.quantize.tflite_cures:TfliteCures",
    "onnx": "export.quantize.onnx_cures:OnnxCures",
    "coreml": "export.quantize.coreml_cures:CoremlCures",
}
# Elsewhere than on a Mac an executor stands in for Core ML, whose times say nothing.
NOT_CLOCKED = "coreml"


def search(
    target: str,
    cures: Cures | None,
    *,
    schemes: Sequence[str],
    make: Make,
    open_model: Callable[[str, Path], Classifier],
    reference: Reference,
    tolerances: Tolerances,
    gate: Sizes,
    memory: Memory,
    prefer: Preference,
    every_one: bool,
) -> tuple[list[Candidate], Candidate | None]:
    """All candidates, each with the reason why it was taken or not, and the one taken; None when all fail.

    `make(candidate, out)` makes a candidate's file or finds it there, `open_model(scheme, model)` opens one as the gate
    will. Of the gate's photos the counts are known.
    """

    def plain(scheme: str) -> Path:
        return make(Candidate(scheme=scheme), memory.place(scheme) / f"model{SUFFIXES[target]}")

    trial = Trial(
        reference=reference, tolerances=tolerances, gate=gate, open_model=open_model, memory=memory, thorough=every_one
    )  # fmt: skip
    ladder = Ladder(
        schemes=schemes, convert=plain, trial=trial, cures=cures,
        treat=None if cures is None else converter(make, memory.place, SUFFIXES[target]), prefer=prefer,
        clocked=is_clocked(target),
    )  # fmt: skip
    tried = climb(ladder, every_one=every_one)
    chosen = choose(tried, prefer)
    return explained(tried, chosen, prefer), chosen


def is_clocked(target: str) -> bool:
    """Whether the times of the target's files mean something on this machine."""
    return target != NOT_CLOCKED or platform.system() == "Darwin"


def cures_of(target: str, module: nn.Module, side_px: int, calibration: Sequence[np.ndarray]) -> Cures | None:
    """What treats the target's files; None where there is nothing, or no photo to do it with."""
    if target not in CURES or len(calibration) == 0:
        return None
    path, _, name = CURES[target].partition(":")
    cures = getattr(import_module(path), name)
    return Rewrites(lambda module: cures(module, side_px, calibration, say), module, calibration)
