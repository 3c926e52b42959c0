"""Lightning's trainer as every run uses it: feeding, processes, checkpoints, logs, one bar."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import lightning
import numpy as np
from lightning.pytorch.callbacks import Callback, RichProgressBar
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.strategies import DDPStrategy

from train import ranks, together
from train.batch_norm import SyncBatchNorm, is_shared
from train.config import Recipe
from train.data.batches import EpochBatches, FitBatches
from train.data.sample import Sample
from train.data.task_labels import task_labels
from train.ema import Average
from train.keep import Keep, WholeFiles
from train.module import MONITOR
from train.progress import say
from train.run_data import RunData, labels_of, strata_of


class Feed(lightning.LightningDataModule):
    """This process's share of the batches of the epoch that the trainer is in."""

    def __init__(self, data: RunData, recipe: Recipe, device: str) -> None:
        super().__init__()
        self.data, self.recipe, self.device = data, recipe, device

    def train_dataloader(self) -> EpochBatches:
        """This epoch's batches; Lightning asks anew at every epoch."""
        fit, strata = self.recipe.fit, strata_of(self.data.splits.train, self.recipe.sampler.strata)
        return EpochBatches(
            self.data.train, labels_of(self.data.splits.train), sampler=self.recipe.sampler,
            augment=self.recipe.augment, batch_size=fit.batch_size, seed=fit.seed,
            epoch=self.trainer.current_epoch if self.trainer else 0, strata=strata, part=ranks.rank(),
            parts=ranks.size(), pin=self.device == "cuda", tasks=self.tasks(self.data.splits.train),
        )  # fmt: skip

    def val_dataloader(self) -> FitBatches:
        """Validation photos as the phone fits them."""
        labels, tasks = labels_of(self.data.splits.val), self.tasks(self.data.splits.val)
        return FitBatches(self.data.val, labels, self.recipe.fit.batch_size, ranks.rank(), ranks.size(), tasks)

    def tasks(self, samples: list[Sample]) -> np.ndarray | None:
        """The labels of further tasks of `samples`, where the objective has any."""
        return task_labels(samples, self.data.structure) if self.recipe.objective.kind == "multi_task" else None


class EpochLines(Callback):
    """One line an epoch, also where there is no terminal to draw a bar on."""

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        row: dict[str, Any] = module.history[-1]  # type: ignore[index, assignment, union-attr]
        say(
            f"epoch {row['epoch'] + 1}/{trainer.max_epochs}  {row['seconds']:.0f} s  lr {row['lr']:.2e}  "
            f"train loss {row['train/loss']:.3f} acc {row['train/accuracy']:.3f}  val loss {row['val/loss']:.3f}  "
            f"weighted F1 {row[MONITOR]:.4f}  balanced accuracy {row['val/balanced_accuracy']:.4f}"
        )


def trainer_of(recipe: Recipe, out: Path, device: str, precision: str) -> lightning.Trainer:
    """The trainer of a run in folder `out`, in as many processes as torchrun has started."""
    fit = recipe.fit
    callbacks: list[Callback] = [EpochLines(), Keep(out, fit.patience)]
    if recipe.ema.decay:
        callbacks.append(Average(recipe.ema.decay))
    if sys.stderr.isatty():
        callbacks.append(RichProgressBar())
    several = ranks.size() > 1
    plugins: list[Any] = [WholeFiles(), *([SyncBatchNorm()] if is_shared(device, ranks.size()) else [])]
    return lightning.Trainer(
        default_root_dir=out, accelerator="gpu" if device == "cuda" else device,
        devices=ranks.on_this_machine(), num_nodes=ranks.size() // ranks.on_this_machine(),
        strategy=DDPStrategy(process_group_backend=together.backend_of(device)) if several else "auto",
        precision=precision,  # type: ignore[arg-type]
        max_epochs=fit.epochs, callbacks=callbacks, enable_progress_bar=sys.stderr.isatty(), plugins=plugins,
        accumulate_grad_batches=fit.accumulate, gradient_clip_val=fit.clip_norm or None, use_distributed_sampler=False,
        logger=[TensorBoardLogger(out / "logs", name="tensorboard"), CSVLogger(out / "logs", name="csv")],
        num_sanity_val_steps=0, reload_dataloaders_every_n_epochs=1, log_every_n_steps=10, enable_model_summary=False,
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
