"""Activations of MIL."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from export.mil.ops_elementwise import Op

GELU_SIGMOID_SLOPE = 1.702


def relu(x: Tensor) -> Tensor:
    return functional.relu(x)


def relu6(x: Tensor) -> Tensor:
    return functional.relu6(x)


def leaky_relu(x: Tensor, alpha: float) -> Tensor:
    return functional.leaky_relu(x, alpha)


def prelu(x: Tensor, alpha: Tensor) -> Tensor:
    """`alpha` `[C]` is the slope below 0 of each channel (axis 1)."""
    return functional.prelu(x, alpha)


def clamped_relu(x: Tensor, alpha: float, beta: float) -> Tensor:
    """min(beta, x) from 0 up, min(beta, alpha x) below."""
    return functional.leaky_relu(x, alpha).clamp_max(beta)


def thresholded_relu(x: Tensor, alpha: float) -> Tensor:
    """x from alpha up, else 0."""
    return torch.where(x >= alpha, x, torch.zeros_like(x))


def linear_activation(x: Tensor, alpha: float, beta: float) -> Tensor:
    return x * alpha + beta


def elu(x: Tensor, alpha: float) -> Tensor:
    return functional.elu(x, alpha)


def gelu(x: Tensor, mode: str = "EXACT") -> Tensor:
    """Gaussian error linear unit: by the error function, by tanh, or as x sigmoid(1.702 x)."""
    if mode == "SIGMOID_APPROXIMATION":
        return x * torch.sigmoid(GELU_SIGMOID_SLOPE * x)
    return functional.gelu(x, approximate="tanh" if mode == "TANH_APPROXIMATION" else "none")


def silu(x: Tensor) -> Tensor:
    return functional.silu(x)


def sigmoid(x: Tensor) -> Tensor:
    return torch.sigmoid(x)


def sigmoid_hard(x: Tensor, alpha: float, beta: float) -> Tensor:
    """min(max(alpha x + beta, 0), 1)."""
    return (alpha * x + beta).clamp(0.0, 1.0)


def scaled_tanh(x: Tensor, alpha: float, beta: float) -> Tensor:
    """alpha tanh(beta x)."""
    return alpha * torch.tanh(beta * x)


def softplus(x: Tensor) -> Tensor:
    return functional.softplus(x)


def softsign(x: Tensor) -> Tensor:
    return functional.softsign(x)


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    return torch.softmax(x, dim=axis)


OPS: Mapping[str, Op] = {
    "relu": relu,
    "relu6": relu6,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "clamped_relu": clamped_relu,
    "thresholded_relu": thresholded_relu,
    "linear_activation": linear_activation,
    "elu": elu,
    "gelu": gelu,
    "silu": silu,
    "sigmoid": sigmoid,
    "sigmoid_hard": sigmoid_hard,
    "scaled_tanh": scaled_tanh,
    "softplus": softplus,
    "softsign": softsign,
    "softmax": softmax,
}
