from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

CASES: dict[str, tuple[str, dict[str, Any], Callable[[Tensor], Tensor]]] = {
    "relu": ("relu", {}, torch.relu),
    "relu6": ("relu6", {}, F.relu6),
    "leaky_relu": ("leaky_relu", {"alpha": 0.2}, lambda x: torch.where(x >= 0, x, 0.2 * x)),
    "clamped_relu": (
        "clamped_relu",
        {"alpha": 0.2, "beta": 0.7},
        lambda x: torch.where(x >= 0, x, 0.2 * x).clamp(max=0.7),
    ),
    "thresholded_relu": ("thresholded_relu", {"alpha": 0.4}, lambda x: x * (x >= 0.4)),
    "linear_activation": ("linear_activation", {"alpha": 0.2, "beta": 0.7}, lambda x: 0.2 * x + 0.7),
    "elu": ("elu", {"alpha": 0.6}, lambda x: torch.where(x > 0, x, 0.6 * (x.exp() - 1))),
    "gelu exact": ("gelu", {"mode": "EXACT"}, lambda x: 0.5 * x * (1 + torch.erf(x / 2**0.5))),
    "gelu tanh": (
        "gelu",
        {"mode": "TANH_APPROXIMATION"},
        lambda x: 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3))),
    ),
    "gelu sigmoid": ("gelu", {"mode": "SIGMOID_APPROXIMATION"}, lambda x: x / (1 + torch.exp(-1.702 * x))),
    "silu": ("silu", {}, lambda x: x / (1 + torch.exp(-x))),
    "sigmoid": ("sigmoid", {}, lambda x: 1 / (1 + torch.exp(-x))),
    "sigmoid_hard": ("sigmoid_hard", {"alpha": 0.3, "beta": 0.4}, lambda x: (0.3 * x + 0.4).clamp(0, 1)),
    "scaled_tanh": ("scaled_tanh", {"alpha": 0.3, "beta": 2.0}, lambda x: 0.3 * torch.tanh(2 * x)),
    "softplus": ("softplus", {}, lambda x: torch.log(1 + torch.exp(x))),
    "softsign": ("softsign", {}, lambda x: x / (1 + x.abs())),
    "softmax": ("softmax", {"axis": 1}, lambda x: x.exp() / x.exp().sum(dim=1, keepdim=True)),
}


@pytest.mark.parametrize("case", CASES)
def test_activation_agrees_with_its_formula(case: str, run_op: Any, numbers: Any) -> None:
    op, parameters, reference = CASES[case]
    x = 2 * numbers(2, 5, 3)
    result = run_op(op, lambda mb, x: getattr(mb, op)(x=x, **parameters), x)
    np.testing.assert_allclose(result, reference(torch.from_numpy(x)).numpy(), rtol=1e-5, atol=1e-6)


def test_prelu_has_one_slope_for_each_channel(run_op: Any) -> None:
    x = -np.ones((1, 2, 1, 2), np.float32)
    slopes = np.array([0.5, 0.25], np.float32)
    result = run_op("prelu", lambda mb, x: mb.prelu(x=x, alpha=slopes), x)
    assert result.tolist() == [[[[-0.5, -0.5]], [[-0.25, -0.25]]]]
