"""A run kept as a small file: float16 weights, their figures as loaded back, hashes instead of ids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge_app.runtime.errors import CheckpointError, ConfigError
from train import places
from train.checkpoint import TrainedModel, load_checkpoint, rounded, save_safetensors
from train.data.run_spec import open_split
from train.data.spec import without_folders
from train.evaluate.answers import float_logits
from train.evaluate.metrics import figures

BYTES_MAX = 20_000_000


def export_run(run: Path, out: Path, *, data: str | None, note: str) -> dict[str, Any]:
    """Write `out` and the files beside it; returns what the card says beyond the model's description.

    The figures are those of the rounded weights, evaluated from the photos again.
    """
    if out.suffix != ".safetensors":
        raise ConfigError(f"--out {out.name!r} must end in .safetensors")
    trained = load_checkpoint(run / "best.ckpt" if run.is_dir() else run)
    if trained.splits is None:
        raise CheckpointError(f"{run} has no split lists, so its figures cannot be told; export a training run")
    kept = rounded(trained, torch.float16)
    scores = {name: without_confusion(evaluate(kept, f"run@{name}", data)) for name in ("val", "test")}
    extra = {"note": note, "figures": scores, "weights": "float16; figures are those of the rounded weights"}
    out.parent.mkdir(parents=True, exist_ok=True)
    save_safetensors(placeless(kept), out, extra=extra, dtype=torch.float16)
    if out.stat().st_size > BYTES_MAX:
        raise ConfigError(f"{out} has {out.stat().st_size} bytes; {BYTES_MAX} are allowed: train a smaller width")
    return extra


def evaluate(trained: TrainedModel, spec: str, data: str | None) -> dict[str, Any]:
    """Figures of `trained` on the photos that `spec` names."""
    dataset = open_split(spec, trained, data)
    labels = np.array([sample.label for sample in dataset.samples])
    return figures(labels, float_logits(trained, dataset), [label.code for label in trained.labels])


def without_confusion(scores: dict[str, Any]) -> dict[str, Any]:
    """The figures that a card has room for."""
    return {name: value for name, value in scores.items() if name != "confusion"}


def placeless(trained: TrainedModel) -> TrainedModel:
    """The same model, its provenance without folders of the machine that trained it."""
    facts = dict(trained.provenance)
    data = str(facts.get("data", (trained.splits or {}).get("data", "")))
    facts["data"] = without_folders(data)
    if "command" in facts:
        words = [facts["data"] if word == data else str(word) for word in facts["command"]]
        facts["command"] = [Path(word).name if Path(word).is_absolute() else word for word in words]
    teacher = Path(facts.get("recipe", {}).get("objective", {}).get("teacher", ""))
    folders = [str(teacher.parent)] if teacher.is_absolute() else []
    return replace(trained, provenance=dict(places.placeless(facts, folders)))
