"""The learning rate, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from train.schedule import cosine_factor, factor_of, plateau_factor, progress_of, steps_factor
from train.sections import Schedule


@pytest.mark.parametrize(("progress", "factor"), [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0), (1 / 3, 0.75)])
def test_cosine_falls_from_one_to_zero(progress: float, factor: float) -> None:
    assert cosine_factor(progress, warmup=0.0, floor=0.0) == pytest.approx(factor)


def test_cosine_rises_through_the_warm_up_and_ends_at_the_floor() -> None:
    assert cosine_factor(0.05, warmup=0.1, floor=0.2) == pytest.approx(0.5)
    assert cosine_factor(0.1, warmup=0.1, floor=0.2) == pytest.approx(1.0)
    assert cosine_factor(1.0, warmup=0.1, floor=0.2) == pytest.approx(0.2)


def test_progress_is_by_steps_until_the_time_runs_out_sooner() -> None:
    assert progress_of(step=20, steps=100, elapsed_s=50.0, budget_s=0.0) == pytest.approx(0.2)
    assert progress_of(step=20, steps=100, elapsed_s=50.0, budget_s=100.0) == pytest.approx(0.5)
    assert progress_of(step=100, steps=100, elapsed_s=500.0, budget_s=100.0) == 1.0


@pytest.mark.parametrize(("progress", "factor"), [(0.49, 1.0), (0.5, 0.1), (0.74, 0.1), (0.75, 0.01), (1.0, 0.01)])
def test_steps_fall_by_ten_at_half_and_three_quarters(progress: float, factor: float) -> None:
    assert steps_factor(progress, drop_at=(0.5, 0.75), factor=0.1) == pytest.approx(factor)


def test_plateau_falls_when_the_loss_has_not_fallen_for_more_than_patience_epochs() -> None:
    losses = [1.0, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95]
    rates = [plateau_factor(losses[:n], patience=2, factor=0.5) for n in range(len(losses) + 1)]
    assert rates == [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]


def test_plateau_is_torchs_own_rule() -> None:
    losses = [float(x) for x in np.random.default_rng(3).uniform(0.5, 1.0, 60)]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=3)
    for count, loss in enumerate(losses, start=1):
        reference.step(loss)
        found = max(plateau_factor(losses[:count], patience=3, factor=0.5), 0.0)
        assert found == pytest.approx(optimizer.param_groups[0]["lr"], abs=2e-8)


def test_every_kind_has_its_floor_and_its_warm_up() -> None:
    for kind in ("steps", "plateau"):
        config = Schedule.model_validate({"kind": kind, "warmup_epochs": 1, "lr_min": 0.02, "patience": 0})
        assert factor_of(config, 0.05, [], epochs=10, lr=1.0) == pytest.approx(0.5)
        assert factor_of(config, 1.0, [1.0] * 10, epochs=10, lr=1.0) == pytest.approx(0.02)
    constant = Schedule.model_validate({"kind": "constant"})
    assert factor_of(constant, 0.9, [1.0, 2.0], epochs=10, lr=1.0) == 1.0
