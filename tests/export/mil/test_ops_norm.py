from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def normalised(x: np.ndarray, axes: tuple[int, ...], epsilon: float) -> np.ndarray:
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + epsilon)


@pytest.mark.parametrize("axes", [(-1,), (1, 2), (1,), (0, 2), (0, 1, 2)])
def test_layer_norm_agrees_with_numpy_over_any_axes(axes: tuple[int, ...], run_op: Any, numbers: Any) -> None:
    x = numbers(2, 3, 4) + 1
    sizes = [x.shape[axis] for axis in axes]
    gamma, beta = numbers(*sizes, seed=1), numbers(*sizes, seed=2)
    result = run_op(
        "layer_norm", lambda mb, x: mb.layer_norm(x=x, axes=list(axes), gamma=gamma, beta=beta, epsilon=0.1), x
    )
    shape = [size if axis in [a % 3 for a in axes] else 1 for axis, size in enumerate(x.shape)]
    wanted = normalised(x, axes, 0.1) * gamma.reshape(shape) + beta.reshape(shape)
    np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-6)


def test_batch_norm_uses_the_constants_of_each_channel(run_op: Any, numbers: Any) -> None:
    x, mean, gamma, beta = numbers(1, 3, 4, 4), numbers(3, seed=1), numbers(3, seed=2), numbers(3, seed=3)
    variance = np.array([0.5, 1.0, 2.0], np.float32)
    result = run_op(
        "batch_norm",
        lambda mb, x: mb.batch_norm(x=x, mean=mean, variance=variance, gamma=gamma, beta=beta, epsilon=0.01),
        x,
    )
    scale = gamma / np.sqrt(variance + 0.01)
    wanted = x * scale.reshape(1, 3, 1, 1) + (beta - mean * scale).reshape(1, 3, 1, 1)
    np.testing.assert_allclose(result, wanted, rtol=1e-5, atol=1e-6)


def test_instance_norm_normalises_each_channel_by_itself(run_op: Any, numbers: Any) -> None:
    x, gamma, beta = numbers(2, 3, 4, 5), numbers(3, seed=1), numbers(3, seed=2)
    result = run_op("instance_norm", lambda mb, x: mb.instance_norm(x=x, gamma=gamma, beta=beta, epsilon=0.01), x)
    wanted = normalised(x, (2, 3), 0.01) * gamma.reshape(1, 3, 1, 1) + beta.reshape(1, 3, 1, 1)
    np.testing.assert_allclose(result, wanted, rtol=1e-4, atol=1e-5)


def test_l2_norm_divides_by_the_length_over_the_last_three_axes(run_op: Any, numbers: Any) -> None:
    x = numbers(2, 3, 4, 5)
    result = run_op("l2_norm", lambda mb, x: mb.l2_norm(x=x, epsilon=0.01), x)
    lengths = np.sqrt((x**2).sum(axis=(1, 2, 3), keepdims=True) + 0.01)
    np.testing.assert_allclose(result, x / lengths, rtol=1e-5, atol=1e-6)
