from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

BINARY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "real_div": np.divide,
    "floor_div": np.floor_divide,
    "mod": np.mod,
    "maximum": np.maximum,
    "minimum": np.minimum,
}
COMPARISONS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "equal": np.equal,
    "not_equal": np.not_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
}
LOGICAL: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
}
UNARY: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "round": np.round,
    "sign": np.sign,
    "exp": np.exp,
    "exp2": np.exp2,
    "square": np.square,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "erf": np.vectorize(math.erf),
    "identity": lambda x: x,
}
WITH_PARAMETERS: dict[str, tuple[dict[str, Any], Callable[[np.ndarray], np.ndarray]]] = {
    "clip": ({"alpha": -0.5, "beta": 0.75}, lambda x: np.clip(x, -0.5, 0.75)),
    "threshold": ({"alpha": 0.25}, lambda x: np.maximum(x, 0.25)),
}
OF_POSITIVE: dict[str, tuple[dict[str, Any], Callable[[np.ndarray], np.ndarray]]] = {
    "sqrt": ({}, np.sqrt),
    "rsqrt": ({"epsilon": 0.5}, lambda x: 1 / np.sqrt(x + 0.5)),
    "log": ({"epsilon": 0.5}, lambda x: np.log(x + 0.5)),
    "inverse": ({"epsilon": 0.5}, lambda x: 1 / (x + 0.5)),
}


@pytest.mark.parametrize("op", BINARY)
def test_binary_op_agrees_with_numpy_when_broadcast(op: str, run_op: Any, numbers: Any) -> None:
    x, y = numbers(2, 3, 4), numbers(3, 1, seed=1)
    result = run_op(op, lambda mb, x, y: getattr(mb, op)(x=x, y=y), x, y)
    np.testing.assert_allclose(result, BINARY[op](x, y), rtol=1e-6, atol=1e-7)


def test_binary_op_takes_a_constant_on_either_side(run_op: Any, numbers: Any) -> None:
    x = numbers(2, 3)
    np.testing.assert_allclose(run_op("sub", lambda mb, x: mb.sub(x=1.5, y=x), x), 1.5 - x)
    np.testing.assert_allclose(run_op("real_div", lambda mb, x: mb.real_div(x=x, y=4.0), x), x / 4)


def test_integer_division_rounds_as_mil_says(run_op: Any) -> None:
    x = np.array([-7, -1, 7], dtype=np.int32)
    assert run_op("real_div", lambda mb, x: mb.real_div(x=x, y=2), x).tolist() == [-3, 0, 3]
    assert run_op("floor_div", lambda mb, x: mb.floor_div(x=x, y=2), x).tolist() == [-4, -1, 3]


def test_pow_agrees_with_numpy(run_op: Any, numbers: Any) -> None:
    x = np.abs(numbers(2, 3)) + 0.1
    np.testing.assert_allclose(run_op("pow", lambda mb, x: mb.pow(x=x, y=1.7), x), x**1.7, rtol=1e-6)


@pytest.mark.parametrize("op", COMPARISONS)
def test_comparison_agrees_with_numpy(op: str, run_op: Any) -> None:
    x, y = np.array([1.0, 2.0, 3.0], np.float32), np.array([2.0, 2.0, 2.0], np.float32)
    result = run_op(op, lambda mb, x, y: mb.cast(x=getattr(mb, op)(x=x, y=y), dtype="fp32"), x, y)
    assert result.tolist() == COMPARISONS[op](x, y).astype(float).tolist()


@pytest.mark.parametrize("op", LOGICAL)
def test_logical_op_agrees_with_numpy(op: str, run_op: Any) -> None:
    x, y = np.array([1, 1, 0, 0], np.float32), np.array([1, 0, 1, 0], np.float32)

    def build(mb: Any, x: Any, y: Any) -> Any:
        truths = mb.cast(x=x, dtype="bool"), mb.cast(x=y, dtype="bool")
        return mb.cast(x=getattr(mb, op)(x=truths[0], y=truths[1]), dtype="fp32")

    assert run_op(op, build, x, y).tolist() == LOGICAL[op](x, y).astype(float).tolist()


def test_logical_not_turns_truth_round(run_op: Any) -> None:
    def build(mb: Any, x: Any) -> Any:
        return mb.cast(x=mb.logical_not(x=mb.cast(x=x, dtype="bool")), dtype="fp32")

    assert run_op("logical_not", build, np.array([1, 0], np.float32)).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("op", UNARY)
def test_unary_op_agrees_with_numpy(op: str, run_op: Any, numbers: Any) -> None:
    x = np.concatenate([numbers(12), np.array([-1.5, -0.5, 0.0, 0.5, 1.5, 2.5], np.float32)])
    result = run_op(op, lambda mb, x: getattr(mb, op)(x=x), x)
    np.testing.assert_allclose(result, UNARY[op](x), rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("op", WITH_PARAMETERS)
def test_bounded_op_agrees_with_numpy(op: str, run_op: Any, numbers: Any) -> None:
    parameters, reference = WITH_PARAMETERS[op]
    x = numbers(40)
    np.testing.assert_allclose(run_op(op, lambda mb, x: getattr(mb, op)(x=x, **parameters), x), reference(x))


@pytest.mark.parametrize("op", OF_POSITIVE)
def test_op_with_epsilon_agrees_with_numpy(op: str, run_op: Any, numbers: Any) -> None:
    parameters, reference = OF_POSITIVE[op]
    x = np.abs(numbers(40))
    result = run_op(op, lambda mb, x: getattr(mb, op)(x=x, **parameters), x)
    np.testing.assert_allclose(result, reference(x), rtol=1e-6)


def test_select_takes_a_where_true_and_b_elsewhere(run_op: Any) -> None:
    x, y = np.array([1.0, -1.0], np.float32), np.array([5.0, 6.0], np.float32)
    result = run_op("select", lambda mb, x, y: mb.select(cond=mb.greater(x=x, y=0.0), a=x, b=y), x, y)
    assert result.tolist() == [1.0, 6.0]


def test_cast_cuts_towards_zero_when_to_integer(run_op: Any) -> None:
    x = np.array([-1.7, 1.7], np.float32)
    assert run_op("cast", lambda mb, x: mb.cast(x=x, dtype="int32"), x).tolist() == [-1, 1]
