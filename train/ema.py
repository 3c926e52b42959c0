"""Exponential moving average of the weights (Polyak and Juditsky 1992), evaluated and exported in their place."""

from __future__ import annotations

from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback

LIVE = "live_weights"


def decay_at(step: int, decay: float) -> float:
    """Decay of update `step` (from 1): min(decay, (1 + step) / (10 + step)), so that random weights are soon forgotten.

    As in TensorFlow's ExponentialMovingAverage with `num_updates`.
    """
    return min(decay, (1 + step) / (10 + step))


class Average(Callback):
    """Follows `objective` after every optimizer step; validation and checkpoints see the average.

    A checkpoint's `state_dict` holds the average, `live_weights` what the optimizer continues from. Integer buffers
    (counters of batch norm) are those of the live weights.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.step = 0
        self.average: dict[str, torch.Tensor] = {}

    def on_fit_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        # A resumed run has its average already, still where the file was read to.
        live = followed(module)
        self.average = {name: self.average.get(name, v).to(v.device, copy=True) for name, v in live.items()}

    def on_train_batch_end(
        self, trainer: lightning.Trainer, module: lightning.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step == self.step:  # accumulating
            return
        self.step = trainer.global_step
        live = followed(module)
        with torch.no_grad():
            weight = 1.0 - decay_at(self.step, self.decay)
            torch._foreach_lerp_([self.average[name] for name in live], list(live.values()), weight)

    def on_validation_epoch_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self.swap(module)

    def on_validation_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self.swap(module)

    def swap(self, module: lightning.LightningModule) -> None:
        """Exchange live weights and average, in place."""
        with torch.no_grad():
            for name, value in followed(module).items():
                kept = value.clone()
                value.copy_(self.average[name])
                self.average[name].copy_(kept)

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        state = checkpoint["state_dict"]
        checkpoint[LIVE] = {name: state[name] for name in self.average}
        checkpoint["state_dict"] = {**state, **self.average}

    def on_load_checkpoint(
        self, trainer: lightning.Trainer, module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self.average = {name: checkpoint["state_dict"][name].clone() for name in checkpoint[LIVE]}
        module.load_state_dict({**checkpoint["state_dict"], **checkpoint[LIVE]})

    def state_dict(self) -> dict[str, Any]:
        """The number of the last update."""
        return {"step": self.step}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.step = int(state["step"])


def followed(module: lightning.LightningModule) -> dict[str, torch.Tensor]:
    """Floating-point parameters and buffers of the objective, by their names in a checkpoint."""
    return {name: value for name, value in module.state_dict().items() if value.is_floating_point()}
