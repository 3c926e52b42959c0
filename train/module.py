"""The one training loop's view of an experiment, as Lightning wants it."""

from __future__ import annotations

import time
from typing import Any

import lightning
import numpy as np
import torch

from train.augment.colour import jitter
from train.augment.geometry import warp
from train.checkpoint import KEY, Description
from train.config import Recipe
from train.data.batches import FitBatch, TrainBatch
from train.evaluate.metrics import balanced_accuracy, confusion, f1
from train.objectives.plain import Plain
from train.precision import Precision
from train.schedule import cosine_factor, progress_of

MONITOR = "val/weighted_f1"


class Training(lightning.LightningModule):
    """Augments on the device, steps the objective, scores validation; its checkpoints describe themselves."""

    def __init__(
        self, objective: Plain, recipe: Recipe, description: Description, precision: Precision, steps_per_epoch: int
    ) -> None:
        super().__init__()
        self.objective = objective
        self.recipe = recipe
        self.description = description
        self.autocast = precision
        self.steps_per_epoch = steps_per_epoch
        self.history: list[dict[str, float]] = []
        self.elapsed_s = 0.0
        self.register_buffer("mean", torch.tensor(description.mean).view(3, 1, 1) * 255.0, persistent=False)
        self.register_buffer("std", torch.tensor(description.std).view(3, 1, 1) * 255.0, persistent=False)
        self.collected: dict[str, list[torch.Tensor]] = {}
        self.epoch_started = time.monotonic()

    def prepared(self, photos: torch.Tensor) -> torch.Tensor:
        """Pixels 0..255 as the network takes them."""
        layout = torch.channels_last if self.recipe.fit.memory == "channels_last" else torch.contiguous_format
        return ((photos.float() - self.mean) / self.std).contiguous(memory_format=layout)

    def augmented(self, batch: TrainBatch) -> torch.Tensor:
        """The batch's photos cropped, turned and coloured as drawn, then normalised: [B, 3, S, S]."""
        config = self.recipe.augment
        warped = warp(batch.photos.float(), batch.crops, batch.turns, self.recipe.model.side_px, config.corners)
        return self.prepared(jitter(warped, batch.colours))

    def on_train_epoch_start(self) -> None:
        self.epoch_started = time.monotonic()
        self.collected = {"train_loss": [], "train_right": []}
        # Dropout, the only randomness left in the step, depends on seed and epoch alone, so a resumed run repeats it.
        torch.manual_seed(self.recipe.fit.seed * 100_003 + self.current_epoch)

    def training_step(self, batch: TrainBatch, index: int) -> torch.Tensor:
        with self.autocast.context():
            out = self.objective(self.augmented(batch), batch.labels)
        self.log("train/loss", out.loss, prog_bar=True, batch_size=len(batch.labels))
        self.collected["train_loss"].append(out.loss.detach())
        self.collected["train_right"].append((out.logits.detach().argmax(1) == batch.labels).float().mean())
        return out.loss

    def on_validation_epoch_start(self) -> None:
        self.collected.update(logits=[], labels=[], losses=[])

    def validation_step(self, batch: FitBatch, index: int) -> None:
        with self.autocast.context():
            out = self.objective(self.prepared(batch.photos), batch.labels)
        self.collected["logits"].append(out.logits.float().cpu())
        self.collected["labels"].append(batch.labels.cpu())
        self.collected["losses"].append(out.loss.float().cpu() * len(batch.labels))

    def on_validation_epoch_end(self) -> None:
        logits, labels = torch.cat(self.collected["logits"]).numpy(), torch.cat(self.collected["labels"]).numpy()
        matrix = confusion(labels, logits.argmax(1), len(self.description.labels))
        scores = {
            "val/loss": float(torch.stack(self.collected["losses"]).sum()) / len(labels),
            MONITOR: f1(matrix, "weighted"),
            "val/macro_f1": f1(matrix, "macro"),
            "val/balanced_accuracy": balanced_accuracy(matrix),
            "val/accuracy": float(np.trace(matrix) / matrix.sum()),
        }
        self.log_dict(scores, prog_bar=False)
        self.log("val_f1", scores[MONITOR], prog_bar=True, logger=False)
        if not self.trainer.sanity_checking:
            self.remember(scores)

    def remember(self, scores: dict[str, float]) -> None:
        """Add the epoch to the history that the learning curves are drawn from, and stop when the time is up."""
        seconds = time.monotonic() - self.epoch_started
        self.elapsed_s += seconds
        train = {f"train/{k}": float(torch.stack(self.collected[f"train_{k}"]).mean()) for k in ("loss", "right")}
        lr = self.optimizers().param_groups[0]["lr"]  # type: ignore[union-attr]
        row = {"epoch": self.current_epoch, "seconds": seconds, "lr": lr, "train/loss": train["train/loss"],
               "train/accuracy": train["train/right"], **scores}  # fmt: skip
        self.history.append(row)
        budget_s = self.recipe.fit.max_minutes * 60
        if budget_s and self.elapsed_s + 0.5 * seconds > budget_s:
            self.trainer.should_stop = True

    def configure_optimizers(self) -> dict[str, Any]:
        config = self.recipe.optimizer
        optimizer = torch.optim.AdamW(self.objective.parameters(), lr=config.lr, weight_decay=config.weight_decay)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, self.factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def factor(self, step: int) -> float:
        """Learning rate of `step` as a share of the peak."""
        fit, schedule = self.recipe.fit, self.recipe.schedule
        running_s = self.elapsed_s + (time.monotonic() - self.epoch_started if step else 0.0)
        steps = self.steps_per_epoch * fit.epochs
        progress = progress_of(step=step, steps=steps, elapsed_s=running_s, budget_s=fit.max_minutes * 60)
        warmup = schedule.warmup_epochs / fit.epochs
        return cosine_factor(progress, warmup=warmup, floor=schedule.lr_min / self.recipe.optimizer.lr)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint[KEY] = self.description.to_json()
        checkpoint["history"] = self.history
        checkpoint["elapsed_s"] = self.elapsed_s

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = list(checkpoint["history"])
        self.elapsed_s = float(checkpoint["elapsed_s"])
