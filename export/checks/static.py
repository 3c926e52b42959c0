"""Every static check that a file of a target gets, for its report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from export.checks import file_facts
from export.checks.check import Check
from export.targets import target


def static_checks(model: Path, target_name: str, scheme: str) -> list[Check]:
    """Checks of an exported file that need no photo: facts, then what the target's runtimes would make of it."""
    facts = target(target_name).inspect(model)
    return [*file_facts.checks(facts, scheme), *RUNTIME_CHECKS[target_name](model)]


def tflite_checks(model: Path) -> list[Check]:
    """XNNPACK measured, the GPU delegate by TensorFlow's analyzer."""
    from export.checks import gpu_delegate, xnnpack

    return [xnnpack.check(model), gpu_delegate.check(model)]


def onnx_checks(model: Path) -> list[Check]:
    """ONNX Runtime's own mobile checker."""
    from export.checks import ort_mobile

    return [ort_mobile.check(model)]


def coreml_checks(model: Path) -> list[Check]:
    """The Neural Engine lint."""
    from export.checks import neural_engine, program

    return [neural_engine.check(program.nodes_of(model))]


RUNTIME_CHECKS: dict[str, Callable[[Path], list[Check]]] = {
    "tflite": tflite_checks,
    "onnx": onnx_checks,
    "coreml": coreml_checks,
}
