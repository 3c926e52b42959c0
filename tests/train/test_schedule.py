"""The learning rate, by hand."""

from __future__ import annotations

import pytest

from train.schedule import cosine_factor, progress_of


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
