"""A loaded program as a list of steps: constants restored and folded, arguments bound, memory freed after a last use.

An op whose arguments are all constants runs here, once; this is how compressed weights are restored. What is left
is the walk that each photo takes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from edge_app.runtime.errors import BackendError
from export.mil.load import SavedProgram
from export.mil.ops_elementwise import Op


@dataclass(frozen=True, kw_only=True)
class Step:
    """One op: `function(**constants, **{name: values of these slots})` -> `outputs` slots.

    `is_half` tells which outputs the file types as float16, `last_uses` which slots nobody needs afterwards.
    """

    op_type: str
    name: str
    function: Op
    constants: Mapping[str, Any]
    inputs: Mapping[str, int | tuple[int, ...]]
    outputs: tuple[int, ...]
    is_half: tuple[bool, ...]
    last_uses: tuple[int, ...] = ()


@dataclass
class Plan:
    """Slots hold values: `values` those known beforehand, `inputs` and `outputs` name those of the program."""

    values: list[Any] = field(default_factory=list)
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def plan_program(saved: SavedProgram, ops: Mapping[str, Op], execute: Callable[[Step, list[Any]], None]) -> Plan:
    """The plan of `saved`; `execute(step, values)` runs the steps that can run now."""
    plan, slots = Plan(), dict[Any, int]()
    for name, var in saved.function.inputs.items():
        plan.inputs[name] = _new_slot(plan, slots, var)
    live = set(plan.inputs.values())
    for operation in saved.function.operations:
        if operation.op_type == "const":
            plan.values[_new_slot(plan, slots, operation.outputs[0])] = operation.outputs[0].val
            continue
        step = _step(saved, operation, ops[operation.op_type], plan, slots, live)
        if step.inputs:
            plan.steps.append(step)
            live.update(step.outputs)
        else:
            execute(step, plan.values)
    plan.outputs = {var.name: slots[var] for var in saved.function.outputs}
    plan.steps = _with_last_uses(plan)
    _keep_only_used(plan)
    return plan


def _new_slot(plan: Plan, slots: dict[Any, int], var: Any) -> int:
    slots[var] = len(plan.values)
    plan.values.append(None)
    plan.names.append(var.name)
    return slots[var]


def _step(saved: SavedProgram, operation: Any, function: Op, plan: Plan, slots: dict[Any, int], live: set[int]) -> Step:
    """The step of one op. Raises BackendError for an argument that its function does not take."""
    where = f"op {operation.op_type} (output {operation.outputs[0].name}) of {saved.path}"
    parameters = inspect.signature(function).parameters
    constants: dict[str, Any] = {}
    inputs: dict[str, int | tuple[int, ...]] = {}
    for name, var in operation.inputs.items():
        if var is None:
            continue
        if name not in parameters:
            raise BackendError(
                f"{where} has the argument {name}, unknown to the executor; add it in export/mil/ops_*.py"
            )
        takes_tensor = "Tensor" in str(parameters[name].annotation)
        several = isinstance(var, list | tuple)
        argument = [slots[one] for one in var] if several else [slots[var]]
        if live.isdisjoint(argument):
            convert = as_tensor if takes_tensor else as_python
            values = [convert(plan.values[slot]) for slot in argument]
            constants[name] = values if several else values[0]
        elif not takes_tensor:
            raise BackendError(f"{where}: its argument {name} is computed, not constant; convert with fixed shapes")
        else:
            for slot in set(argument) - live:
                plan.values[slot] = as_tensor(plan.values[slot])
            inputs[name] = tuple(argument) if several else argument[0]
    return Step(
        op_type=operation.op_type,
        name=operation.outputs[0].name,
        function=function,
        constants=constants,
        inputs=inputs,
        outputs=tuple(_new_slot(plan, slots, var) for var in operation.outputs),
        is_half=tuple(is_half(var) for var in operation.outputs),
    )


def is_half(var: Any) -> bool:
    """Whether the file types this value as a float16 tensor."""
    return getattr(getattr(var, "dtype", None), "__name__", "") == "fp16"


def as_tensor(value: Any) -> Any:
    """A constant as a tensor: float types as float32, integers and Booleans as they are, sub-byte ones in 8 bits."""
    if isinstance(value, Tensor):
        return value
    array = np.asarray(value)
    if np.issubdtype(array.dtype, np.floating):
        return torch.from_numpy(np.array(array, dtype=np.float32))
    if array.dtype.itemsize > 1 and np.issubdtype(array.dtype, np.unsignedinteger):
        return torch.from_numpy(np.array(array, dtype=np.int64))
    # Sub-byte types are 8-bit types with metadata, which torch does not read; the plain type of that width has none.
    return torch.from_numpy(np.array(array, dtype=np.dtype(array.dtype.name)))


def as_python(value: Any) -> Any:
    """A constant as a number, a string or a list of them."""
    if isinstance(value, Tensor | np.ndarray | np.generic):
        return value.tolist()
    items = getattr(value, "ls", value)
    return [as_python(item) for item in items] if isinstance(items, list | tuple) else items


def _with_last_uses(plan: Plan) -> list[Step]:
    """The steps, each told which of its slots no later step and no output reads."""
    needed, steps = set(plan.outputs.values()), []
    for step in reversed(plan.steps):
        seen = set(input_slots(step)) | set(step.outputs)
        ended = tuple(slot for slot in sorted(seen - needed) if plan.values[slot] is None)
        needed |= seen
        steps.append(Step(**{**vars(step), "last_uses": ended}))
    return steps[::-1]


def input_slots(step: Step) -> Sequence[int]:
    return [slot for slots in step.inputs.values() for slot in (slots if isinstance(slots, tuple) else (slots,))]


def _keep_only_used(plan: Plan) -> None:
    """Forget constants that only folding needed: compressed weights, and weights already bound to their step."""
    used = {slot for step in plan.steps for slot in input_slots(step)} | set(plan.outputs.values())
    for slot in range(len(plan.values)):
        if slot not in used:
            plan.values[slot] = None
