"""The one training loop's view of an experiment, as Lightning wants it."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch

from edge_app.runtime.errors import TrainingError
from train import ranks, together
from train.augment.distort import distorted
from train.checkpoint import KEY, Description, write_text
from train.config import Recipe
from train.data.batches import FitBatch, TrainBatch
from train.evaluate.metrics import balanced_accuracy, confusion, f1
from train.objectives.plain import Plain
from train.optimizer import optimizer_of
from train.precision import Precision
from train.schedule import factor_of, progress_of

MONITOR = "val/weighted_f1"
# Looking at a loss makes the host wait for a GPU, so there several are looked at together.
STEPS_UNSEEN = {"cuda": 16, "mps": 16, "cpu": 1}
BAD_BATCH = "not_finite.json"


class Training(lightning.LightningModule):
    """Augments on the device, steps the objective, scores validation; its checkpoints describe themselves.

    `batches` is how many an epoch has, `ids` are those of the training photos, for messages.
    """

    def __init__(
        self, objective: Plain, recipe: Recipe, description: Description, precision: Precision, *, batches: int,
        ids: list[str],
    ) -> None:  # fmt: skip
        super().__init__()
        self.objective = objective
        self.recipe = recipe
        self.description = description
        self.autocast = precision
        self.batches, self.ids = batches, ids
        self.steps_per_epoch = math.ceil(batches / recipe.fit.accumulate)
        self.history: list[dict[str, float]] = []
        self.elapsed_s = 0.0
        self.register_buffer("mean", torch.tensor(description.mean).view(3, 1, 1) * 255.0, persistent=False)
        self.register_buffer("std", torch.tensor(description.std).view(3, 1, 1) * 255.0, persistent=False)
        self.collected: dict[str, list[Any]] = {}
        self.unseen: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.epoch_started = time.monotonic()
        # With fewer validation batches than processes, some have none.
        self.allow_zero_length_dataloader_with_multiple_devices = True

    def prepared(self, photos: torch.Tensor) -> torch.Tensor:
        """Pixels 0..255 as the network takes them."""
        layout = torch.channels_last if self.recipe.fit.memory == "channels_last" else torch.contiguous_format
        return ((photos.float() - self.mean) / self.std).contiguous(memory_format=layout)

    def augmented(self, batch: TrainBatch) -> torch.Tensor:
        """The batch's photos cropped, turned and coloured as drawn, then normalised: [B, 3, S, S]."""
        return self.prepared(distorted(batch, self.recipe.model.side_px, self.recipe.augment))

    def on_train_epoch_start(self) -> None:
        self.epoch_started = time.monotonic()
        self.collected = {"loss": [], "right": [], "count": []}
        self.unseen = []
        self.objective.begin_epoch(self.current_epoch)
        # Dropout and CutMix, the only randomness left in the step, depend on seed, epoch and process alone, so a
        # resumed run repeats them.
        torch.manual_seed((self.recipe.fit.seed * 100_003 + self.current_epoch) * 1009 + ranks.rank())

    def training_step(self, batch: TrainBatch, index: int) -> torch.Tensor:
        with self.autocast.context():
            out = self.objective(self.augmented(batch), *self.targets(batch))
        for name, part in out.parts.items():
            self.log(f"train/loss of {name}", part, batch_size=len(batch.labels), sync_dist=ranks.size() > 1)
        self.log("train/loss", out.loss, prog_bar=True, batch_size=len(batch.labels), sync_dist=ranks.size() > 1)
        self.collected["loss"].append(out.loss.detach())
        self.collected["right"].append((out.logits.detach().argmax(1) == batch.labels).sum())
        self.collected["count"].append(len(batch.labels))
        self.unseen.append((out.loss.detach(), batch.positions))
        if len(self.unseen) >= STEPS_UNSEEN[self.device.type] or index + 1 == self.batches:
            self.look()
        return out.loss * self.share_of_step(index)

    def targets(self, batch: TrainBatch | FitBatch) -> tuple[torch.Tensor, ...]:
        """What the objective is told beside the images: labels [B], and those of further tasks where it has such."""
        return (batch.labels, batch.tasks) if self.recipe.objective.kind == "multi_task" else (batch.labels,)

    def share_of_step(self, index: int) -> float:
        """What makes the last, shorter group of accumulated batches weigh as much as the others."""
        accumulate = self.recipe.fit.accumulate
        return accumulate / min(accumulate, self.batches - index // accumulate * accumulate)

    def look(self) -> None:
        """TrainingError, in every process, where a loss since the last look is no number; names the photos."""
        losses = torch.stack([loss for loss, _ in self.unseen]).tolist()
        wrong = [number for number, loss in enumerate(losses) if not math.isfinite(loss)]
        found = [self.ids[k] for k in self.unseen[wrong[0]][1].tolist()] if wrong else []
        self.unseen = []
        if not together.summed(torch.tensor(len(wrong), device=self.device)):
            return
        ids = sorted({name for names in together.gathered(found) for name in names})
        if ranks.rank() == 0:
            write_text(Path(self.trainer.default_root_dir) / BAD_BATCH, json.dumps(ids, indent=2) + "\n")
        raise TrainingError(message_of(self.current_epoch, ids))

    def on_validation_epoch_start(self) -> None:
        self.collected["answers"] = []

    def validation_step(self, batch: FitBatch, index: int) -> None:
        with self.autocast.context(), together.alone():
            out = self.objective(self.prepared(batch.photos), *self.targets(batch))
        loss = float(out.loss) * len(batch.labels)
        self.collected["answers"].append(
            (batch.number, out.logits.float().cpu().numpy(), batch.labels.cpu().numpy(), loss)
        )

    def on_validation_epoch_end(self) -> None:
        # In the order of one process, whoever answered.
        answers = sorted(
            (row for part in together.gathered(self.collected["answers"]) for row in part), key=lambda r: r[0]
        )
        logits, labels = np.concatenate([row[1] for row in answers]), np.concatenate([row[2] for row in answers])
        matrix = confusion(labels, logits.argmax(1), len(self.description.labels))
        scores = {
            "val/loss": math.fsum(row[3] for row in answers) / len(labels),
            MONITOR: f1(matrix, "weighted"),
            "val/macro_f1": f1(matrix, "macro"),
            "val/balanced_accuracy": balanced_accuracy(matrix),
            "val/accuracy": float(np.trace(matrix) / matrix.sum()),
        }
        self.log_dict(scores, prog_bar=False, rank_zero_only=True)
        self.log("val_f1", scores[MONITOR], prog_bar=True, logger=False, rank_zero_only=True)
        if not self.trainer.sanity_checking:
            self.remember(scores)

    def remember(self, scores: dict[str, float]) -> None:
        """Add the epoch to the history that the learning curves are drawn from, and stop when the time is up."""
        seconds = together.from_first(time.monotonic() - self.epoch_started)
        self.elapsed_s += seconds
        lr = self.optimizers().param_groups[0]["lr"]  # type: ignore[union-attr]
        row = {"epoch": self.current_epoch, "seconds": seconds, "lr": lr, **self.train_scores(), **scores}
        self.history.append(row)
        budget_s = self.recipe.fit.max_minutes * 60
        if budget_s and self.elapsed_s + 0.5 * seconds > budget_s:
            self.trainer.should_stop = True

    def train_scores(self) -> dict[str, float]:
        """Mean loss of the epoch's batches, and the share of its draws that were answered right."""
        loss = torch.stack(self.collected["loss"]).mean()
        right = torch.stack(self.collected["right"]).sum()
        count = torch.tensor(sum(self.collected["count"]), device=right.device)
        return {
            "train/loss": float(together.summed(loss)) / ranks.size(),
            "train/accuracy": float(together.summed(right)) / float(together.summed(count)),
        }

    def configure_optimizers(self) -> dict[str, Any]:
        optimizer = optimizer_of(self.objective.parameters(), self.recipe.optimizer)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, self.factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def factor(self, step: int) -> float:
        """Learning rate of `step` as a share of the peak."""
        fit, schedule = self.recipe.fit, self.recipe.schedule
        budget_s = fit.max_minutes * 60
        running_s = self.elapsed_s + (time.monotonic() - self.epoch_started if step else 0.0)
        progress = progress_of(
            step=step, steps=self.steps_per_epoch * fit.epochs, budget_s=budget_s,
            elapsed_s=together.from_first(running_s) if budget_s else 0.0,
        )  # fmt: skip
        losses = [row["val/loss"] for row in self.history]
        return factor_of(schedule, progress, losses, epochs=fit.epochs, lr=self.recipe.optimizer.lr)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint[KEY] = self.description.to_json()
        checkpoint["history"] = self.history
        checkpoint["elapsed_s"] = self.elapsed_s

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.history = list(checkpoint["history"])
        self.elapsed_s = float(checkpoint["elapsed_s"])


def message_of(epoch: int, ids: list[str]) -> str:
    """What is said of a loss that is no number."""
    return (
        f"the loss is no finite number in epoch {epoch + 1}; look at the photos of its batch ({BAD_BATCH}), or lower "
        f"optimizer.lr or set fit.clip_norm=1: {', '.join(ids)}"
    )
