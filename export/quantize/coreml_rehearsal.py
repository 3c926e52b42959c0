"""8-bit ML Programs before they are written: the executor walks one program, its steps rounding as a file's would.

Packing a program and loading it again takes seconds, walking it hundredths of one, and bias correction and the search
for islands ask for a few dozen variants.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from export.mil.executor import Executor
from export.mil.ops_quantize import dequantize, quantize
from export.mil.plan import Step
from export.quantize.ranges import Range
from export.targets.coreml_activations import QUANTIZED_OPS, rounded, shown, steps_over


def rehearsal(executor: Executor, found: Mapping[str, Range], floats: Collection[str]) -> Executor:
    """The program of `executor` with 8-bit inputs of its linear ops by the ranges `found` of what they read.

    As in a file the first and the last op are left out, and what makes `floats`.
    """
    linear = [step for step in executor.plan.steps if step.op_type in QUANTIZED_OPS]
    chosen = {step.name for step in rounded(linear)}.difference(floats)

    def change(step: Step) -> Step:
        if step.name not in chosen:
            return step
        return replace(step, function=through_8_bits(step.function, found[executor.plan.names[read_by(step)]]))

    return executor.changed(change)


def read_by(step: Step) -> int:
    """The slot of what a linear op reads."""
    slot = step.inputs["x"]
    return slot if isinstance(slot, int) else slot[0]


def through_8_bits(function: Callable[..., Any], seen: Range) -> Callable[..., Any]:
    """The op `function` of an `x` that has been rounded to 256 steps over a range."""
    size, zero = steps_over(seen)
    scale, zero_point = torch.tensor(size), torch.tensor(zero)

    def run(x: Tensor, **others: Any) -> Any:
        steps = quantize(x, scale, "int8", zero_point)
        return function(x=dequantize(steps, scale, zero_point), **others)

    return run


def biases_of(executor: Executor, sites: Iterable[str]) -> dict[str, np.ndarray]:
    """The bias float64 `[C]` of each linear op that makes one of `sites`."""
    wanted = set(sites)
    return {
        step.name: np.asarray(step.constants["bias"], dtype=np.float64)
        for step in executor.plan.steps
        if step.name in wanted and "bias" in step.constants
    }


def with_shifts(executor: Executor, shifts: Mapping[str, np.ndarray]) -> Executor:
    """The program with `shifts` [C] added to the biases of the linear ops that they are for."""

    def change(step: Step) -> Step:
        if step.name not in shifts or "bias" not in step.constants:
            return step
        moved = step.constants["bias"] + torch.from_numpy(shifts[step.name].astype(np.float32))
        return replace(step, constants={**step.constants, "bias": moved})

    return executor.changed(change)


def means(executor: Executor, sites: Iterable[str], images: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Mean over photos and places of each channel of the values `sites`, float64 `[C]` by name."""
    wanted = list(sites)
    sums: dict[str, np.ndarray] = {}

    def see(name: str, value: np.ndarray) -> None:
        # Convolutions give `[1, C, H, W]`, linear maps channels last.
        axis = 1 if value.ndim == 4 else value.ndim - 1
        mean = value.mean(axis=tuple(k for k in range(value.ndim) if k != axis), dtype=np.float64)
        sums[name] = sums.get(name, 0.0) + mean

    for image in images if wanted else ():
        shown(executor, image, wanted, see)
    return {name: total / len(images) for name, total in sums.items()}
