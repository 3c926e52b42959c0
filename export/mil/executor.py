"""Walks a planned program: one call of torch for each op of the file."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from edge_app.runtime.errors import BackendError
from export.mil.load import SavedProgram, load_program
from export.mil.ops import OPS
from export.mil.plan import Plan, Step, plan_program
from export.mil.rounding import HalfRounding, Precision

# What torch raises for shapes, types and values that an op does not take.
TORCH_ERRORS = (RuntimeError, TypeError, ValueError, IndexError)
# Sees each result: (name of the value in the file, tensor).
Observer = Callable[[str, Tensor], None]


class Executor:
    """One program, ready to run, step by step as its `plan` says.

    `precision` "fp16" rounds what the file types as float16, "fp32" rounds nothing.

    In "fp32" weights are as stored (float16 or restored) and all else is float32: the file without its rounding.
    """

    def __init__(self, saved: SavedProgram, precision: Precision) -> None:
        self.saved, self.precision = saved, precision
        self.rounding = HalfRounding()
        with torch.inference_mode():
            self.plan: Plan = plan_program(saved, OPS, self._execute)

    @classmethod
    def open(cls, path: Path, precision: Precision = "fp32") -> Executor:
        """The program in `path`; BackendError for a damaged file or an op that the executor does not know."""
        return cls(load_program(path, OPS), precision)

    def changed(self, change: Callable[[Step], Step]) -> Executor:
        """The same program with each step as `change` gives it back; nothing is loaded again."""
        other = copy.copy(self)
        other.rounding = HalfRounding()
        other.plan = replace(self.plan, steps=[change(step) for step in self.plan.steps])
        return other

    @property
    def input_names(self) -> tuple[str, ...]:
        return tuple(self.plan.inputs)

    @property
    def output_names(self) -> tuple[str, ...]:
        return tuple(self.plan.outputs)

    @property
    def step_count(self) -> int:
        """Ops that run for each photo."""
        return len(self.plan.steps)

    def run(self, inputs: Mapping[str, Tensor], observe: Observer | None = None) -> dict[str, Any]:
        """Outputs by name: float32 tensors, and a classifier's label and dictionary."""
        plan = self.plan
        values = list(plan.values)
        if set(inputs) != set(plan.inputs):
            raise BackendError(f"{self.saved.path} takes the inputs {sorted(plan.inputs)}, not {sorted(inputs)}")
        for name, slot in plan.inputs.items():
            values[slot] = inputs[name]
        with torch.inference_mode():
            for step in plan.steps:
                self._execute(step, values)
                if observe is not None:
                    _show(step, values, plan, observe)
                for slot in step.last_uses:
                    values[slot] = None
        return {name: values[slot] for name, slot in plan.outputs.items()}

    def _execute(self, step: Step, values: list[Any]) -> None:
        """Run one op and store its outputs, rounded where the file says float16 and the precision asks for it."""
        live = {
            name: [values[one] for one in slots] if isinstance(slots, tuple) else values[slots]
            for name, slots in step.inputs.items()
        }
        try:
            result = step.function(**step.constants, **live)
        except TORCH_ERRORS as error:
            where = f"op {step.op_type} (output {step.name}) of {self.saved.path}"
            raise BackendError(f"{where} failed ({error}); the file or the executor's op is wrong") from error
        results = result if len(step.outputs) > 1 and isinstance(result, tuple) else (result,)
        for slot, value, half in zip(step.outputs, results, step.is_half, strict=True):
            values[slot] = self._rounded(step, value, live) if half and self.precision == "fp16" else value

    def _rounded(self, step: Step, value: Any, live: Mapping[str, Any]) -> Any:
        if step.op_type == "reduce_mean" and value.numel():
            count = live["x"].numel() / value.numel() if "x" in live else 1
            self.rounding.note_sum(step.name, step.op_type, float(value.abs().max()) * count)
        return self.rounding(value, step.name, step.op_type)


def _show(step: Step, values: list[Any], plan: Plan, observe: Observer) -> None:
    for slot in step.outputs:
        if isinstance(values[slot], Tensor):
            observe(plan.names[slot], values[slot])
