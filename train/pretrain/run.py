"""A run of SimSiam: photos without their classes in, weights for `--init` out."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from edge_app.runtime.errors import ConfigError, DataError, TrainingError
from train import ranks
from train.augment.distort import distorted
from train.checkpoint import file_sha256, write_text
from train.config import Recipe
from train.data.batches import EpochBatches, TrainBatch, batches_in
from train.data.pixels import WorkPixels, decode_for_training, work_side_px
from train.data.sample import Dataset, Sample
from train.data.spec import DataSpec, open_data
from train.data.splits import split
from train.files import replacing
from train.fit import Start, begin, check_out, give_norms
from train.models.architectures import classifier_name
from train.models.create import create
from train.optimizer import optimizer_of
from train.precision import device_of
from train.pretrain.simsiam import SimSiam
from train.progress import say
from train.provenance import provenance
from train.run_data import labels_of, rule_of
from train.schedule import factor_of
from train.sections import Sampler
from train.torch_files import torch_content

WEIGHTS = "backbone.safetensors"
BATCH_MIN = 4


def run(
    recipe: Recipe, spec: DataSpec, out: Path, *, init: str | None, resume: bool, command: list[str]
) -> dict[str, Any]:
    """Train and leave `out` with backbone.safetensors, pretraining.json and last.ckpt; returns {}: nothing to judge.

    Of data with classes only the photos are used that a run with the same seed trains on, so that its test photos have
    been seen by nobody; of data with one class (a folder of photos in one sub-folder), all.
    """
    if ranks.size() > 1:
        raise ConfigError(
            f"objective.kind simsiam trains in one process, not in {ranks.size()}; start without torchrun"
        )
    check_out(out, recipe, resume)
    device = device_of(recipe.fit.accelerator)
    if recipe.fit.threads:
        torch.set_num_threads(recipe.fit.threads)
    dataset = open_data(spec)
    samples = unlabelled(dataset, recipe.fit.seed, spec)
    if len(samples) < BATCH_MIN:
        raise DataError(f"{spec} has {len(samples)} photos to learn from; at least {BATCH_MIN} are needed: add some")
    rule = rule_of(recipe)
    pixels = decode_for_training(samples, rule, work_side_px(rule.side_px, recipe.augment.scale[0]))
    torch.manual_seed(recipe.fit.seed)
    model, origin = create(recipe.model.arch, 2, pretrained=recipe.model.pretrained, init=init)
    sha256 = file_sha256(Path(init)) if init not in (None, "none") else None
    start = Start(model, origin, sha256, None)
    give_norms(start, recipe, pixels)
    learner = SimSiam(model, recipe.objective.width).to(device)
    facts = {**provenance(command, device), "seed": recipe.fit.seed, "initial_weights": origin, "data": dataset.spec,
             "photos": len(samples)}  # fmt: skip
    if not resume:
        begin(out, recipe, {"data": dataset.spec, "ids": [sample.id for sample in samples]}, start)
    say(f"SimSiam on {recipe.model.arch} from {origin}; {len(samples)} photos; on {device}")
    history = learn(learner, pixels, labels_of(samples), recipe, out)
    write_weights(model, out / WEIGHTS)
    write_text(out / "pretraining.json", json.dumps({"history": history, "provenance": facts}, indent=2) + "\n")
    say(f"{out / WEIGHTS}: start a training from it with --init")
    return {}


def unlabelled(dataset: Dataset, seed: int, spec: DataSpec) -> list[Sample]:
    """The photos to learn from."""
    return dataset.samples if len(dataset.labels) == 1 else split(dataset, seed, spec.scheme).train


def learn(
    learner: SimSiam, pixels: WorkPixels, labels: np.ndarray, recipe: Recipe, out: Path
) -> list[dict[str, float]]:
    """Train to the end, from the last whole epoch in `out` on; the history, a row an epoch."""
    optimizer = optimizer_of(learner.parameters(), recipe.optimizer)
    history: list[dict[str, float]] = []
    if (out / "last.ckpt").is_file():
        kept = torch_content(out / "last.ckpt")
        learner.load_state_dict(kept["state_dict"])
        optimizer.load_state_dict(kept["optimizer"])
        history = list(kept["history"])
    for epoch in range(len(history), recipe.fit.epochs):
        row = learn_epoch(learner, optimizer, pixels, labels, recipe, epoch)
        history.append(row)
        say(f"epoch {epoch + 1}/{recipe.fit.epochs}  {row['seconds']:.0f} s  loss {row['loss']:.4f}  "
            f"spread {row['spread']:.3f}")  # fmt: skip
        content = {"state_dict": learner.state_dict(), "optimizer": optimizer.state_dict(), "history": history}
        with replacing(out / "last.ckpt") as temporary:
            torch.save(content, temporary)
    return history


def learn_epoch(
    learner: SimSiam, optimizer: torch.optim.Optimizer, pixels: WorkPixels, labels: np.ndarray, recipe: Recipe,
    epoch: int,
) -> dict[str, float]:  # fmt: skip
    """One epoch: mean loss and spread, seconds; TrainingError where the loss is no number."""
    started, fit, model = time.monotonic(), recipe.fit, recipe.model
    device = next(learner.parameters()).device
    shift, scale = (torch.tensor(values, device=device).view(3, 1, 1) for values in (model.mean, model.std))
    steps = batches_in(len(labels), fit.batch_size)
    losses, spreads = [], []
    torch.manual_seed(fit.seed * 100_003 + epoch)
    learner.train()
    for number, pair in enumerate(views(pixels, labels, recipe, epoch)):
        images = [(changed(view, recipe, device) / 255.0 - shift) / scale for view in pair]
        progress = (epoch * steps + number) / (fit.epochs * steps)
        factor = factor_of(recipe.schedule, progress, [], epochs=fit.epochs, lr=recipe.optimizer.lr)
        optimizer.param_groups[0]["lr"] = recipe.optimizer.lr * factor
        loss, width = learner(*images)
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise TrainingError(f"the loss is no finite number in epoch {epoch + 1}; lower optimizer.lr")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        spreads.append(width)
    return {"epoch": epoch, "loss": float(np.mean(losses)), "spread": float(np.mean(spreads)),
            "seconds": time.monotonic() - started}  # fmt: skip


def views(
    pixels: WorkPixels, labels: np.ndarray, recipe: Recipe, epoch: int
) -> Iterator[tuple[TrainBatch, TrainBatch]]:
    """Each batch of an epoch twice, the same photos changed in two ways; drawn from seed and epoch alone."""
    first, second = (
        EpochBatches(
            pixels, labels, sampler=Sampler(kind="plain", epoch_multiplier=1.0), augment=recipe.augment,
            batch_size=recipe.fit.batch_size, seed=recipe.fit.seed, epoch=epoch,
        )
        for _ in range(2)
    )  # fmt: skip
    second.draws = second.drawn(np.random.default_rng([recipe.fit.seed, epoch, 1]))
    return zip(first, second, strict=True)


def changed(batch: TrainBatch, recipe: Recipe, device: torch.device) -> torch.Tensor:
    """The photos of one view, 0..255."""
    moved = TrainBatch(*(tensor.to(device) for tensor in batch))
    return distorted(moved, recipe.model.side_px, recipe.augment)


def write_weights(model: torch.nn.Module, place: Path) -> None:
    """The network without its classifier, as `--init` takes it."""
    head = classifier_name(model) + "."
    state = {name: value.cpu().contiguous() for name, value in model.state_dict().items() if not name.startswith(head)}
    with replacing(place) as temporary:
        temporary.write_bytes(save(state))
