"""The backends that the contract suite runs over: one line each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.contracts.tiny_model import MODELS


@dataclass(frozen=True)
class BackendCase:
    """A tiny model file, and how far its logits may be from numpy's (quantized ones are allowed their steps)."""

    model: Path
    tolerance: float


CASES = (
    BackendCase(MODELS / "tiny.tflite", 1e-5),
    BackendCase(MODELS / "tiny_int8.tflite", 0.1),
    BackendCase(MODELS / "tiny.onnx", 1e-5),
)
