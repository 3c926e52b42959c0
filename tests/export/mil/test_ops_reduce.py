from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

REDUCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "reduce_mean": np.mean,
    "reduce_sum": np.sum,
    "reduce_max": np.max,
    "reduce_min": np.min,
    "reduce_prod": np.prod,
    "reduce_sum_square": lambda x, **k: np.sum(x**2, **k),
    "reduce_l1_norm": lambda x, **k: np.sum(np.abs(x), **k),
    "reduce_l2_norm": lambda x, **k: np.sqrt(np.sum(x**2, **k)),
    "reduce_log_sum": lambda x, **k: np.log(np.sum(x, **k)),
    "reduce_log_sum_exp": lambda x, **k: np.log(np.sum(np.exp(x), **k)),
}


@pytest.mark.parametrize("op", REDUCTIONS)
@pytest.mark.parametrize(("axes", "keep_dims"), [([1, -1], True), ([2], False)])
def test_reduction_agrees_with_numpy(op: str, axes: list[int], keep_dims: bool, run_op: Any, numbers: Any) -> None:
    x = np.abs(numbers(2, 3, 4)) + 0.5
    result = run_op(op, lambda mb, x: getattr(mb, op)(x=x, axes=axes, keep_dims=keep_dims), x)
    wanted = REDUCTIONS[op](x, axis=tuple(axes), keepdims=keep_dims)
    np.testing.assert_allclose(result, wanted, rtol=1e-5)


@pytest.mark.parametrize(("op", "wanted"), [("reduce_argmax", [1, 2]), ("reduce_argmin", [2, 0])])
def test_arg_reduction_names_the_place(op: str, wanted: list[int], run_op: Any) -> None:
    x = np.array([[2, 3, 1], [4, 5, 6]], np.float32)
    assert run_op(op, lambda mb, x: getattr(mb, op)(x=x, axis=1, keep_dims=False), x).tolist() == wanted


@pytest.mark.parametrize(
    ("exclusive", "reverse", "wanted"),
    [(False, False, [1, 3, 6]), (True, False, [0, 1, 3]), (False, True, [6, 5, 3]), (True, True, [5, 3, 0])],
)
def test_cumsum_runs_as_told(exclusive: bool, reverse: bool, wanted: list[float], run_op: Any) -> None:
    x = np.array([[1, 2, 3]], np.float32)
    result = run_op("cumsum", lambda mb, x: mb.cumsum(x=x, axis=1, exclusive=exclusive, reverse=reverse), x)
    assert result.tolist() == [wanted]
