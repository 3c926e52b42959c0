"""One training run: data and recipe in, run folder out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from edge_app.runtime.errors import CheckpointError, ConfigError
from train.checkpoint import Description, write_text
from train.config import Recipe
from train.data.spec import DataSpec
from train.evaluate.run_report import report
from train.loop import Feed, quiet, trainer_of
from train.losses.cross_entropy import cross_entropy
from train.models.create import create
from train.module import Training
from train.objectives.plain import Plain
from train.precision import device_of, precision_for
from train.progress import say
from train.provenance import provenance
from train.run_data import RunData, prepare, rule_of, weights_of


def run(
    recipe: Recipe, spec: DataSpec, out: Path, *, init: str | None, resume: bool, command: list[str]
) -> dict[str, Any]:
    """Train, evaluate the best checkpoint, and leave the run folder `out`; returns metrics.json.

    The data are read and checked whole before `out` is made; a folder with anything in it is only continued.
    """
    check_out(out, recipe, resume)
    device = device_of(recipe.fit.accelerator)
    precision = precision_for(device, recipe.fit.precision)
    if recipe.fit.threads:
        torch.set_num_threads(recipe.fit.threads)
    torch.manual_seed(recipe.fit.seed)
    data = prepare(recipe, spec)
    check_same_data(out, data, resume)
    model, origin = create(
        recipe.model.arch, len(data.dataset.labels), pretrained=recipe.model.pretrained,
        init=init, drop=recipe.model.drop,
    )  # fmt: skip
    facts = {**provenance(command, device), "seed": recipe.fit.seed, "initial_weights": origin,
             "data": data.dataset.spec, "data_sha256": data.lists["data_sha256"]}  # fmt: skip
    sizes = ", ".join(f"{name} {len(samples)}" for name, samples in data.splits.named().items())
    say(f"{recipe.model.arch} from {origin}; {spec}: {sizes} photos; on {device}")
    begin(out, recipe, data.lists)
    weights = weights_of(recipe, data.counts())
    feed = Feed(data, recipe)
    described = description_of(recipe, data, facts)
    module = Training(objective_of(model, recipe, weights), recipe, described, precision, len(feed.train_dataloader()))
    if recipe.fit.memory == "channels_last":
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    last = out / "last.ckpt"
    with quiet():
        trainer = trainer_of(recipe, out, device, precision.lightning)
        trainer.fit(module, feed, ckpt_path=str(last) if resume and last.is_file() else None, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    return report(out, data.dataset, data.splits, module.history, weights, facts)


def check_out(out: Path, recipe: Recipe, resume: bool) -> None:
    """ConfigError for a run folder that is in use, or whose recipe is not this one."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        if resume:
            raise ConfigError(f"--resume: there is no run in {out}; check the path, or start one without --resume")
        return
    if not out.is_dir():
        raise ConfigError(f"--out {out} is a file; name a new folder")
    if not resume:
        raise ConfigError(f"--out {out} is not empty; continue it with --resume or name a new folder")
    stored = stored_json(out, "recipe.json")
    ours = flat(recipe.model_dump(mode="json"))
    for key, value in flat(stored).items():
        if ours.get(key) != value:
            raise ConfigError(f"--resume: {key} was {value} and is {ours.get(key)} now; use the run's own settings")


def check_same_data(out: Path, data: RunData, resume: bool) -> None:
    """ConfigError where a run to continue was begun on other photos or labels."""
    if not resume or not (out / "splits.json").is_file():
        return
    if stored_json(out, "splits.json").get("data_sha256") != data.lists["data_sha256"]:
        raise ConfigError(f"--resume: {data.dataset.spec} is not the data that {out} was begun with; name those")


def stored_json(out: Path, name: str) -> dict[str, Any]:
    """A JSON file of the run folder."""
    try:
        return dict(json.loads((out / name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"--resume: {out} is no run folder ({name}: {type(error).__name__})") from error


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted names."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found.update(flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value})
    return found


def objective_of(model: nn.Module, recipe: Recipe, weights: np.ndarray) -> Plain:
    """The recipe's loss on `model`, with class `weights` [K]."""
    by_class = torch.tensor(weights, dtype=torch.float32)

    def loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return cross_entropy(logits, labels, by_class.to(logits.device), recipe.loss.normalise)

    return Plain(model, loss)


def description_of(recipe: Recipe, data: RunData, facts: dict[str, Any]) -> Description:
    """What the run's checkpoints say of themselves."""
    return Description(
        arch=recipe.model.arch, labels=data.dataset.labels, fit=rule_of(recipe), mean=recipe.model.mean,
        std=recipe.model.std, training_data=data.dataset.name, licence=data.dataset.licence,
        provenance={**facts, "recipe": recipe.model_dump(mode="json")}, splits=data.lists,
    )  # fmt: skip


def begin(out: Path, recipe: Recipe, lists: dict[str, Any]) -> None:
    """Make the run folder."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / "recipe.json", json.dumps(recipe.model_dump(mode="json"), indent=2) + "\n")
        write_text(out / "splits.json", json.dumps(lists) + "\n")
    except OSError as error:
        raise ConfigError(f"--out {out} cannot be written ({error}); name another folder") from error
