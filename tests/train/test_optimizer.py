"""One step of each optimizer, by hand."""

from __future__ import annotations

import pytest
import torch

from train.optimizer import optimizer_of
from train.sections import Optimizer


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # Gradient 2 at weight 1. Adam's first step is lr whatever the gradient; decay 0.1 is in its gradient.
        ("adam", 0.9),
        # AdamW shrinks by lr * decay = 0.01 first.
        ("adamw", 0.89),
        # SGD: gradient 2 + 0.1 decay; Nesterov's first step is (1 + 0.9) times it.
        ("sgd", 1.0 - 0.1 * 2.1 * 1.9),
    ],
)
def test_first_step_is_that_of_the_formula_and_frozen_weights_stay(kind: str, expected: float) -> None:
    learnt, frozen = torch.nn.Parameter(torch.ones(1)), torch.nn.Parameter(torch.ones(1), requires_grad=False)
    config = Optimizer.model_validate({"kind": kind, "lr": 0.1, "weight_decay": 0.1})
    optimizer = optimizer_of([learnt, frozen], config)
    learnt.grad = torch.full((1,), 2.0)
    optimizer.step()
    assert learnt.item() == pytest.approx(expected, abs=1e-6)
    assert frozen.item() == 1.0
