"""`dermedge-export doctor`: which targets, runtimes and versions are on this machine, and what is missing."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from rich.markup import escape
from rich.table import Table


@dataclass(frozen=True)
class Need:
    """A distribution that a task wants, the extra that brings it, and what works without it.

    Without a `required` one the task cannot be done at all.
    """

    task: str
    distribution: str
    extra: str
    without: str
    required: bool = True


NEEDS = (
    Need("train", "torch", "train", "no training and no export"),
    Need("train", "timm", "train", "no training and no export"),
    Need("train", "lightning", "train", "no training"),
    Need("tflite", "litert-torch", "tflite", "no .tflite can be written"),
    Need("tflite", "ai-edge-quantizer", "tflite", "only fp32 .tflite"),
    Need("tflite", "ai-edge-litert", "tflite", "no .tflite can be run, so the gate cannot"),
    Need("tflite", "tensorflow", "bench", "no GPU delegate verdict in the report", required=False),
    Need("onnx", "onnx", "onnx", "no .onnx can be written"),
    Need("onnx", "onnxscript", "onnx", "no .onnx can be written"),
    Need("onnx", "onnxruntime", "onnx", "no .onnx can be run or quantized, so the gate cannot"),
    Need("coreml", "coremltools", "coreml", "no .mlpackage can be written or executed"),
    Need("app", "kivy", "app", "no desktop app; `python -m edge_app predict` still works"),
)


@dataclass(frozen=True)
class Finding:
    """One row of the doctor's answer; `version` is None where the distribution is missing."""

    need: Need
    version: str | None

    @property
    def advice(self) -> str:
        """What to do; empty where nothing is missing."""
        if self.version is not None:
            return ""
        return f'{self.need.without}; install it with `uv pip install -e ".[{self.need.extra}]"`'


def findings(version_of: Callable[[str], str | None] | None = None) -> list[Finding]:
    """A row for each of `NEEDS`; `version_of` gives a distribution's version or None (default: what is installed)."""
    version_of = version_of or installed_version
    return [Finding(need, version_of(need.distribution)) for need in NEEDS]


def installed_version(distribution: str) -> str | None:
    """The version of an installed distribution, without importing it; None when it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def missing(task: str, version_of: Callable[[str], str | None] | None = None) -> list[Need]:
    """What `task` cannot be done without and is not installed; `version_of` as in `findings`."""
    rows = [row for row in findings(version_of) if row.need.task == task and row.version is None]
    return [row.need for row in rows if row.need.required]


def core_ml_note(system: str) -> str:
    """Who answers for a .mlpackage on `system` (platform.system())."""
    if system == "Darwin":
        return "Core ML itself, on each compute unit"
    return "the MIL executor: semantics of the file, not the Neural Engine's kernels (Core ML itself needs macOS)"


def table(rows: list[Finding]) -> Table:
    """The rows as a table for the terminal."""
    shown = Table(title=f"dermedge on Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    for column in ("task", "package", "version", "what to do"):
        shown.add_column(column, overflow="fold")
    previous = ""
    for row in rows:
        task = row.need.task if row.need.task != previous else ""
        previous = row.need.task
        shown.add_row(task, row.need.distribution, row.version or "[red]missing[/]", escape(row.advice))
    shown.caption = f"A .mlpackage is answered for by {core_ml_note(platform.system())}."
    return shown
