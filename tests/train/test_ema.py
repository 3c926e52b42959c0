"""The moving average of the weights."""

from __future__ import annotations

from types import SimpleNamespace

import lightning
import pytest
import torch
from torch import nn

from train.ema import Average, decay_at


class Two(lightning.LightningModule):
    """One weight, one counter."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0]))
        self.register_buffer("count", torch.tensor(0))


def after(average: Average, module: Two, step: int, value: float) -> None:
    """An optimizer step that leaves the weight at `value`."""
    with torch.no_grad():
        module.weight.fill_(value)
    average.on_train_batch_end(SimpleNamespace(global_step=step), module, None, None, 0)  # type: ignore[arg-type]


def test_decay_starts_low_and_ends_at_the_setting() -> None:
    assert decay_at(1, 0.999) == pytest.approx(2 / 11)
    assert decay_at(8, 0.5) == 0.5


def test_average_follows_steps_and_not_accumulated_batches() -> None:
    average, module = Average(0.5), Two()
    average.on_fit_start(SimpleNamespace(), module)  # type: ignore[arg-type]
    after(average, module, 1, 12.0)
    # 1 * 2/11 + 12 * 9/11
    assert average.average["weight"].item() == pytest.approx(10.0)
    after(average, module, 1, 99.0)
    assert average.average["weight"].item() == pytest.approx(10.0)


def test_validation_sees_the_average_and_training_goes_on_with_the_weights() -> None:
    average, module = Average(0.9), Two()
    average.on_fit_start(SimpleNamespace(), module)  # type: ignore[arg-type]
    after(average, module, 1, 12.0)
    average.on_validation_epoch_start(SimpleNamespace(), module)  # type: ignore[arg-type]
    assert module.weight.item() == pytest.approx(10.0)
    average.on_validation_epoch_end(SimpleNamespace(), module)  # type: ignore[arg-type]
    assert module.weight.item() == 12.0


def test_checkpoint_holds_the_average_as_its_weights_and_gives_both_back() -> None:
    average, module = Average(0.9), Two()
    average.on_fit_start(SimpleNamespace(), module)  # type: ignore[arg-type]
    after(average, module, 1, 12.0)
    checkpoint = {"state_dict": module.state_dict()}
    average.on_save_checkpoint(SimpleNamespace(), module, checkpoint)  # type: ignore[arg-type]
    assert checkpoint["state_dict"]["weight"].item() == pytest.approx(10.0)
    assert set(checkpoint["state_dict"]) == {"weight", "count"}
    again, fresh = Average(0.9), Two()
    again.on_load_checkpoint(SimpleNamespace(), fresh, checkpoint)  # type: ignore[arg-type]
    again.on_fit_start(SimpleNamespace(), fresh)  # type: ignore[arg-type]
    assert (fresh.weight.item(), again.average["weight"].item()) == (12.0, pytest.approx(10.0))
