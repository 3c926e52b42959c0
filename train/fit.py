"""One training run: data and recipe in, run folder out."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from torch import nn

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import CheckpointError, ConfigError
from train.checkpoint import Description, write_text
from train.config import Recipe
from train.data.batches import EpochBatches, FitBatches
from train.data.pixels import WorkPixels, decode_for_model, decode_for_training, work_side_px
from train.data.sample import Dataset, Sample, sha256_of
from train.data.spec import DataSpec, open_data
from train.data.splits import Splits, split
from train.evaluate.run_report import report
from train.losses.cross_entropy import cross_entropy
from train.losses.effective_number import class_weights
from train.models.create import create
from train.module import MONITOR, Training
from train.objectives.plain import Plain
from train.precision import device_of, precision_for
from train.progress import say, track
from train.provenance import provenance

HASH_DIGITS = 16


@dataclass(frozen=True)
class RunData:
    """Everything decoded: what training and validation feed on."""

    dataset: Dataset
    splits: Splits
    train: WorkPixels
    val: np.ndarray
    lists: dict[str, Any]


class Feed(lightning.LightningDataModule):
    """Batches of the epoch that the trainer is in."""

    def __init__(self, data: RunData, recipe: Recipe) -> None:
        super().__init__()
        self.data, self.recipe = data, recipe

    def train_dataloader(self) -> EpochBatches:
        fit = self.recipe.fit
        epoch = self.trainer.current_epoch if self.trainer else 0
        return EpochBatches(
            self.data.train, labels_of(self.data.splits.train), sampler=self.recipe.sampler,
            augment=self.recipe.augment, batch_size=fit.batch_size, seed=fit.seed, epoch=epoch,
        )  # fmt: skip

    def val_dataloader(self) -> FitBatches:
        return FitBatches(self.data.val, labels_of(self.data.splits.val), self.recipe.fit.batch_size)


class EpochLines(Callback):
    """One line an epoch, also where there is no terminal to draw a bar on."""

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        row = module.history[-1]  # type: ignore[index]
        say(f"epoch {row['epoch'] + 1}/{trainer.max_epochs}  {row['seconds']:.0f} s  lr {row['lr']:.2e}  "
            f"train loss {row['train/loss']:.3f} acc {row['train/accuracy']:.3f}  val loss {row['val/loss']:.3f}  "
            f"weighted F1 {row[MONITOR]:.4f}  balanced accuracy {row['val/balanced_accuracy']:.4f}")  # fmt: skip


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
    data = prepare(recipe, spec)
    torch.manual_seed(recipe.fit.seed)
    model, origin = create(recipe.model.arch, len(data.dataset.labels), pretrained=recipe.model.pretrained,
                           init=init, drop=recipe.model.drop)  # fmt: skip
    facts = {**provenance(command, device), "seed": recipe.fit.seed, "initial_weights": origin,
             "data_sha256": data.lists["data_sha256"]}  # fmt: skip
    sizes = ", ".join(f"{name} {len(samples)}" for name, samples in data.splits.named().items())
    say(f"{recipe.model.arch} from {origin}; {spec}: {sizes} photos; on {device}")
    begin(out, recipe, data.lists)
    feed = Feed(data, recipe)
    module = Training(objective_of(model, recipe, data), recipe, description_of(recipe, data, facts), precision,
                      len(feed.train_dataloader()))  # fmt: skip
    if recipe.fit.memory == "channels_last":
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    last = out / "last.ckpt"
    with quiet():
        trainer = trainer_of(recipe, out, device, precision.lightning)
        trainer.fit(module, feed, ckpt_path=str(last) if resume and last.is_file() else None)
    if trainer.interrupted:
        raise KeyboardInterrupt
    return report(out, data.dataset, data.splits, module.history, facts)


def check_out(out: Path, recipe: Recipe, resume: bool) -> None:
    """ConfigError for a run folder that is in use, or whose recipe is not this one."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir():
        raise ConfigError(f"--out {out} is a file; name a new folder")
    if not resume:
        raise ConfigError(f"--out {out} is not empty; continue it with --resume or name a new folder")
    try:
        stored = json.loads((out / "recipe.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"--resume: {out} is no run folder (recipe.json: {type(error).__name__})") from error
    ours = flat(recipe.model_dump(mode="json"))
    for key, value in flat(stored).items():
        if ours.get(key) != value:
            raise ConfigError(f"--resume: {key} was {value} and is {ours.get(key)} now; use the run's own settings")


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted names."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found.update(flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value})
    return found


def prepare(recipe: Recipe, spec: DataSpec) -> RunData:
    """Open, split, hash and decode the data."""
    dataset = open_data(spec)
    splits = split(dataset, recipe.fit.seed)
    rule = rule_of(recipe)
    work_px = work_side_px(recipe.model.side_px, recipe.augment.scale[0])
    lists = split_lists(dataset, splits, recipe.fit.seed)
    return RunData(dataset, splits, decode_for_training(splits.train, rule, work_px),
                   decode_for_model(splits.val, rule, "validation"), lists)  # fmt: skip


def rule_of(recipe: Recipe) -> FitRule:
    """The fit rule that the recipe describes."""
    return FitRule(side_px=recipe.model.side_px, resize_px=recipe.model.resize_px, filter=recipe.model.filter)


def split_lists(dataset: Dataset, splits: Splits, seed: int) -> dict[str, Any]:
    """The content of splits.json; photos and groups also as hashes, so that overlaps show without the data."""
    hashes = {sample.id: sha256_of(sample) for sample in track(dataset.samples, "hash photos")}
    whole = hashlib.sha256()
    for sample in dataset.samples:
        whole.update(f"{sample.id} {dataset.labels[sample.label].code} {hashes[sample.id]}\n".encode())
    return {
        "schema_version": 1, "data": dataset.spec, "seed": seed, "data_sha256": whole.hexdigest(),
        "splits": {name: listed(samples, hashes) for name, samples in splits.named().items()},
    }  # fmt: skip


def listed(samples: list[Sample], hashes: dict[str, str]) -> dict[str, list[str]]:
    """One split's ids, photo hashes and group hashes (the first 16 hexadecimal digits of SHA-256)."""
    groups = sorted({sample.group for sample in samples})
    return {
        "ids": [sample.id for sample in samples],
        "photos": [hashes[sample.id][:HASH_DIGITS] for sample in samples],
        "groups": [hashlib.sha256(group.encode()).hexdigest()[:HASH_DIGITS] for group in groups],
    }


def labels_of(samples: list[Sample]) -> np.ndarray:
    """Label indices int64 [N]."""
    return np.array([sample.label for sample in samples], dtype=np.int64)


def objective_of(model: nn.Module, recipe: Recipe, data: RunData) -> Plain:
    """The recipe's loss on `model`."""
    counts = np.bincount(labels_of(data.splits.train), minlength=len(data.dataset.labels))
    weights = None
    if recipe.loss.weighting == "effective_number":
        weights = torch.tensor(class_weights(counts, recipe.loss.beta), dtype=torch.float32)

    def loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        here = None if weights is None else weights.to(logits.device)
        return cross_entropy(logits, labels, here, recipe.loss.normalise)

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
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "recipe.json", json.dumps(recipe.model_dump(mode="json"), indent=2) + "\n")
    write_text(out / "splits.json", json.dumps(lists) + "\n")


def trainer_of(recipe: Recipe, out: Path, device: str, precision: str) -> lightning.Trainer:
    """Lightning's loop: best and last checkpoint, early stopping, two logs, one bar."""
    best = ModelCheckpoint(dirpath=out, filename="best", monitor=MONITOR, mode="max", save_last=True,
                           enable_version_counter=False)  # fmt: skip
    stop = EarlyStopping(MONITOR, patience=recipe.fit.patience, mode="max")
    return lightning.Trainer(
        default_root_dir=out, accelerator="gpu" if device == "cuda" else device, devices=1,
        precision=precision,  # type: ignore[arg-type]
        max_epochs=recipe.fit.epochs, callbacks=[best, stop, EpochLines(), RichProgressBar()],
        logger=[TensorBoardLogger(out / "logs", name="tensorboard"), CSVLogger(out / "logs", name="csv")],
        num_sanity_val_steps=0, reload_dataloaders_every_n_epochs=1, log_every_n_steps=10,
        enable_model_summary=False,
    )  # fmt: skip


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's advice about workers, devices and services: it is not about this run."""
    for name in ("lightning.pytorch", "lightning.pytorch.utilities.rank_zero", "lightning.fabric.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # The log writer would otherwise import TensorFlow where it is installed, which takes seconds.
    sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
