"""What a run keeps after every epoch (best.ckpt, last.ckpt), and when it stops early."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.pytorch.callbacks import Checkpoint

from train.files import replacing
from train.module import MONITOR


class Keep(Checkpoint):
    """Writes best.ckpt when an epoch beats all before it, then last.ckpt, from which `--resume` goes on.

    last.ckpt comes last and holds the best score: killed between the two, a resumed run repeats the epoch and writes
    the same best.ckpt again. `stopped` survives in it too: killed after the last epoch, nothing is trained twice.
    """

    def __init__(self, folder: Path, patience: int) -> None:
        self.folder, self.patience = folder, patience
        self.best_score, self.best_epoch = float("-inf"), -1
        self.stopped = False

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        trainer.should_stop = trainer.should_stop or self.stopped

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        row: dict[str, float] = module.history[-1]  # type: ignore[index, assignment, union-attr]
        better = row[MONITOR] > self.best_score
        if better:
            self.best_score, self.best_epoch = row[MONITOR], int(row["epoch"])
        self.stopped = trainer.should_stop or int(row["epoch"]) - self.best_epoch >= self.patience
        trainer.should_stop = self.stopped
        if better:
            trainer.save_checkpoint(self.folder / "best.ckpt")
        trainer.save_checkpoint(self.folder / "last.ckpt")

    def state_dict(self) -> dict[str, Any]:
        """Best score, its epoch, and whether the run is over."""
        return {"best_score": self.best_score, "best_epoch": self.best_epoch, "stopped": self.stopped}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.best_score, self.best_epoch = float(state["best_score"]), int(state["best_epoch"])
        self.stopped = bool(state["stopped"])


class WholeFiles(TorchCheckpointIO):
    """Checkpoints that are whole or not there.

    Lightning's own way writes to the system's folder for temporary files, which may be on another disk: the last step
    is then a copy, and a kill in its middle leaves half a checkpoint.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Write `checkpoint` beside `path`, then move it there."""
        with replacing(Path(path)) as temporary:
            torch.save(checkpoint, temporary)
