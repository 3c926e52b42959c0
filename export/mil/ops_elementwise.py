"""Elementwise arithmetic, comparison and rounding of MIL, broadcasting as numpy does.

Here and in the other `ops_*` files an op is a plain function with MIL's own parameter names. A parameter annotated
`Tensor` is given a tensor, every other one the Python value of the constant in the file.
Source of the semantics: coremltools' op definitions (`coremltools.converters.mil.mil.ops.defs`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

# An op's function takes MIL's parameters by name and returns its output, or a tuple of them.
Op = Callable[..., object]

DTYPES = {
    "fp16": torch.float32,  # held as float32; the executor rounds whatever the file types as fp16
    "fp32": torch.float32,
    "fp64": torch.float32,
    "bool": torch.bool,
    "int8": torch.int8,
    "uint8": torch.uint8,
    "int16": torch.int16,
    "uint16": torch.int32,
    "int32": torch.int32,
    "int64": torch.int64,
}


def _binary(function: Callable[[Tensor, Tensor], Tensor]) -> Op:
    def op(x: Tensor, y: Tensor) -> Tensor:
        return function(x, y)

    return op


def _unary(function: Callable[[Tensor], Tensor]) -> Op:
    def op(x: Tensor) -> Tensor:
        return function(x)

    return op


def real_div(x: Tensor, y: Tensor) -> Tensor:
    """x / y; integers stay integers, cut towards zero."""
    return x / y if x.is_floating_point() else torch.div(x, y, rounding_mode="trunc")


def clip(x: Tensor, alpha: float, beta: float) -> Tensor:
    """min(max(x, alpha), beta)."""
    return x.clamp(alpha, beta)


def threshold(x: Tensor, alpha: float) -> Tensor:
    """max(x, alpha)."""
    return x.clamp_min(alpha)


def inverse(x: Tensor, epsilon: float = 1e-4) -> Tensor:
    """1 / (x + epsilon)."""
    return (x + epsilon).reciprocal()


def log(x: Tensor, epsilon: float = 1e-45) -> Tensor:
    """log(x + epsilon)."""
    return torch.log(x + epsilon)


def rsqrt(x: Tensor, epsilon: float = 1e-12) -> Tensor:
    """1 / sqrt(x + epsilon)."""
    return torch.rsqrt(x + epsilon)


def select(cond: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """`a` where `cond`, else `b`."""
    return torch.where(cond.bool(), a, b)


def cast(x: Tensor, dtype: str) -> Tensor:
    """`x` in another type; float to integer cuts towards zero."""
    return x.to(DTYPES[dtype])


OPS: Mapping[str, Op] = {
    "add": _binary(operator.add),
    "sub": _binary(operator.sub),
    "mul": _binary(operator.mul),
    "real_div": real_div,
    "floor_div": _binary(torch.floor_divide),
    "mod": _binary(torch.remainder),
    "pow": _binary(torch.pow),
    "maximum": _binary(torch.maximum),
    "minimum": _binary(torch.minimum),
    "equal": _binary(torch.eq),
    "not_equal": _binary(torch.ne),
    "greater": _binary(torch.gt),
    "greater_equal": _binary(torch.ge),
    "less": _binary(torch.lt),
    "less_equal": _binary(torch.le),
    "logical_and": _binary(torch.logical_and),
    "logical_or": _binary(torch.logical_or),
    "logical_xor": _binary(torch.logical_xor),
    "logical_not": _unary(torch.logical_not),
    "abs": _unary(torch.abs),
    "ceil": _unary(torch.ceil),
    "floor": _unary(torch.floor),
    "round": _unary(torch.round),
    "sign": _unary(torch.sign),
    "exp": _unary(torch.exp),
    "exp2": _unary(torch.exp2),
    "sqrt": _unary(torch.sqrt),
    "square": _unary(torch.square),
    "erf": _unary(torch.erf),
    "sin": _unary(torch.sin),
    "cos": _unary(torch.cos),
    "tanh": _unary(torch.tanh),
    "identity": _unary(lambda x: x),
    "clip": clip,
    "threshold": threshold,
    "inverse": inverse,
    "log": log,
    "rsqrt": rsqrt,
    "select": select,
    "cast": cast,
}
