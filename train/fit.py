"""One training run: data and recipe in, run folder out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from edge_app.runtime.errors import CheckpointError, ConfigError
from train import ranks, together
from train.checkpoint import Description, file_sha256, load_checkpoint, read_lightning, write_text
from train.config import Recipe
from train.data.pixels import WorkPixels
from train.data.spec import DataSpec
from train.evaluate.run_report import report
from train.files import is_leftover, sweep
from train.loop import Feed, quiet, trainer_of
from train.losses.criterion import Criterion
from train.memory import keep_freed
from train.models.create import create
from train.models.linear_head import check_linear_head
from train.models.norm_statistics import bare_norms, give_statistics
from train.module import Training
from train.objectives.batch_former import BatchFormer
from train.objectives.distil import Distil
from train.objectives.hierarchical import Hierarchical
from train.objectives.multi_task import MultiTask
from train.objectives.plain import Plain
from train.precision import Precision, device_of, precision_for
from train.progress import say
from train.provenance import provenance
from train.run_data import RunData, prepare, rule_of, weights_of

START = "start.json"
NORM_PHOTOS = 256


def run(
    recipe: Recipe, spec: DataSpec, out: Path, *, init: str | None, resume: bool, command: list[str]
) -> dict[str, Any]:
    """Train, evaluate the best checkpoint, leave the run folder `out`; returns metrics.json, {} where there is none:
    from rank 1 on, and of training without classes.

    The data are read and checked whole before `out` is made; a folder with anything in it is only continued.
    """
    if recipe.model.frozen:
        from train.frozen import run as frozen

        return frozen.run(recipe, spec, out, init=init, resume=resume, command=command)
    if recipe.objective.kind == "simsiam":
        from train.pretrain import run as pretrain

        return pretrain.run(recipe, spec, out, init=init, resume=resume, command=command)
    check_out(out, recipe, resume)
    device = device_of(recipe.fit.accelerator)
    precision = precision_for(device, recipe.fit.precision)
    if recipe.fit.threads:
        torch.set_num_threads(recipe.fit.threads)
    if device == "cpu":
        keep_freed()
    together.join(device, recipe.fit.batch_size)
    try:
        data = shared_data(recipe, spec)
        check_same_data(out, data, resume)
        start = start_of(recipe, data, out, init)
        give_norms(start, recipe, data.train)
        facts = {**provenance(command, device), "seed": recipe.fit.seed, "initial_weights": start.origin,
                 "processes": ranks.size(), "data": data.dataset.spec,
                 "data_sha256": data.lists["data_sha256"]}  # fmt: skip
        sizes = ", ".join(f"{name} {len(samples)}" for name, samples in data.splits.named().items())
        say(f"{recipe.model.arch} from {start.origin}; {spec}: {sizes} photos; on {device}{processes()}")
        objective = objective_of(start.model, recipe, data)
        begin(out, recipe, data.lists, start)
        module = fitted(objective, recipe, data, start, facts, out, precision)
        if ranks.rank() != 0:
            return {}
        return report(out, data.dataset, data.splits, module.history, weights_of(recipe, data.counts()), facts)
    finally:
        together.leave()


def fitted(
    objective: Plain, recipe: Recipe, data: RunData, start: Start, facts: dict[str, Any], out: Path,
    precision: Precision,
) -> Training:  # fmt: skip
    """The module after training, its checkpoints in `out`."""
    feed = Feed(data, recipe, precision.device)
    described = description_of(recipe, data, facts)
    ids = [sample.id for sample in data.splits.train]
    module = Training(objective, recipe, described, precision, batches=len(feed.train_dataloader()), ids=ids)
    if recipe.fit.memory == "channels_last":
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if recipe.fit.compile:
        start.model.compile()
    with quiet():
        trainer = trainer_of(recipe, out, precision.device, precision.lightning)
        trainer.fit(module, feed, ckpt_path=start.checkpoint, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    return module


def shared_data(recipe: Recipe, spec: DataSpec) -> RunData:
    """The data of the run; of several processes the first decodes them, and the others map what it has written."""
    if ranks.rank() != 0:
        together.wait()
    data = prepare(recipe, spec)
    if ranks.rank() == 0:
        together.wait()
    return data


def processes() -> str:
    """How many processes there are, where there are several."""
    return f", {ranks.size()} processes" if ranks.size() > 1 else ""


@dataclass(frozen=True)
class Start:
    """The network to train, where its weights come from, the SHA-256 of their file, the checkpoint to go on from."""

    model: nn.Module
    origin: str
    sha256: str | None
    checkpoint: str | None


def start_of(recipe: Recipe, data: RunData, out: Path, init: str | None) -> Start:
    """Where the run begins or goes on.

    With a last.ckpt in `out` initial weights are neither needed nor fetched. CheckpointError where it is damaged,
    ConfigError where a run cut before its first checkpoint began from other weights.
    """
    last, classes, structure = out / "last.ckpt", len(data.dataset.labels), data.structure
    arch, drop = recipe.model.arch, recipe.model.drop
    if last.is_file():
        described, _ = read_lightning(last)
        model, _ = create(arch, classes, pretrained=False, init="none", drop=drop, structure=structure)
        return Start(model, str(described.provenance.get("initial_weights", "?")), None, str(last))
    torch.manual_seed(recipe.fit.seed)
    model, origin = create(arch, classes, pretrained=recipe.model.pretrained, init=init, drop=drop, structure=structure)
    sha256 = file_sha256(Path(init)) if init not in (None, "none") else None
    if (out / START).is_file() and stored_json(out, START) != {"initial_weights": origin, "sha256": sha256}:
        raise ConfigError(f"--resume: {out} began from {stored_json(out, START)['initial_weights']}, not from {origin}")
    return Start(model, origin, sha256, None)


def give_norms(start: Start, recipe: Recipe, pixels: WorkPixels) -> None:
    """Statistics of training photos for batch norms that were folded, which could not be trained without."""
    if start.checkpoint is None and bare_norms(start.model):
        photos = pixels.photos[:: max(len(pixels.photos) // NORM_PHOTOS, 1)][:NORM_PHOTOS]
        images = functional.interpolate(
            torch.from_numpy(np.array(photos)).float() / 255.0, recipe.model.side_px, mode="bilinear", antialias=True
        )
        shift, scale = (torch.tensor(values).view(3, 1, 1) for values in (recipe.model.mean, recipe.model.std))
        count = give_statistics(start.model, (images - shift) / scale)
        say(f"{count} folded norms have the statistics of {len(photos)} training photos now; answers stay")


def check_out(out: Path, recipe: Recipe, resume: bool) -> None:
    """ConfigError for a run folder that is in use, or whose recipe is not this one."""
    if not out.exists() or (out.is_dir() and all(is_leftover(path) for path in out.iterdir())):
        if resume:
            raise ConfigError(f"--resume: there is no run in {out}; check the path, or start one without --resume")
        return
    if not out.is_dir():
        raise ConfigError(f"--out {out} is a file; name a new folder")
    if not resume:
        raise ConfigError(f"--out {out} is not empty; continue it with --resume or name a new folder")
    # A run begun before a setting existed has its default.
    stored = {**flat(Recipe().model_dump(mode="json")), **flat(stored_json(out, "recipe.json"))}
    ours = flat(recipe.model_dump(mode="json"))
    for key, value in stored.items():
        if ours.get(key) != value:
            raise ConfigError(f"--resume: {key} was {value} and is {ours.get(key)} now; use the run's own settings")


def check_same_data(out: Path, data: RunData, resume: bool) -> None:
    """ConfigError where a run to continue was begun on other photos or labels."""
    if not resume or not (out / "splits.json").is_file():
        return
    stored = stored_json(out, "splits.json")
    if stored.get("data_sha256") != data.lists["data_sha256"]:
        raise ConfigError(f"--resume: {data.dataset.spec} is not the data that {out} was begun with; name those")
    if stored.get("scheme", "") != data.lists["scheme"]:
        raise ConfigError(f"--resume: {out} was begun with @{stored.get('scheme') or 'no scheme'}; name the same")


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


def objective_of(model: nn.Module, recipe: Recipe, data: RunData) -> Plain:
    """The recipe's loss on `model`, for the classes and counts of `data`; ConfigError where they do not go together."""
    counts, objective = data.counts(), recipe.objective
    loss = Criterion(recipe, weights_of(recipe, counts), counts)
    if objective.kind == "batch_former":
        check_linear_head(model, recipe.model.arch, recipe.model.side_px, "objective.kind batch_former")
        return BatchFormer(model, loss, heads=objective.heads, dropout=objective.dropout)
    if objective.kind == "multi_task":
        return MultiTask(model, loss, tasks=recipe.tasks, cutmix=recipe.augment.cutmix)
    if objective.kind == "hierarchical":
        return Hierarchical(model, loss)
    if objective.kind == "distil":
        return Distil(
            model, loss, load_checkpoint(objective.teacher), codes=[label.code for label in data.dataset.labels],
            mean=recipe.model.mean, std=recipe.model.std, temperature=objective.temperature, share=objective.share,
        )  # fmt: skip
    return Plain(model, loss)


def description_of(recipe: Recipe, data: RunData, facts: dict[str, Any]) -> Description:
    """What the run's checkpoints say of themselves."""
    return Description(
        arch=recipe.model.arch, labels=data.dataset.labels, fit=rule_of(recipe), mean=recipe.model.mean,
        std=recipe.model.std, training_data=data.dataset.name, licence=data.dataset.licence,
        provenance={**facts, "recipe": recipe.model_dump(mode="json")}, splits=data.lists,
        structure=data.structure,
    )  # fmt: skip


def begin(out: Path, recipe: Recipe, lists: dict[str, Any], start: Start) -> None:
    """Make the run folder, or tidy the one to go on with; rank 0 does."""
    if ranks.rank() == 0:
        try:
            out.mkdir(parents=True, exist_ok=True)
            sweep(out)
            write_text(out / "recipe.json", json.dumps(recipe.model_dump(mode="json"), indent=2) + "\n")
            write_text(out / "splits.json", json.dumps(lists) + "\n")
            if start.checkpoint is None:
                first = {"initial_weights": start.origin, "sha256": start.sha256}
                write_text(out / START, json.dumps(first) + "\n")
        except OSError as error:
            raise ConfigError(f"--out {out} cannot be written ({error}); name another folder") from error
    together.wait()
