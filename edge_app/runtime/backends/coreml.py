"""`.mlpackage` files by Core ML itself, through coremltools: macOS only.

Elsewhere Core ML does not exist. There the exporter's gate executes the program by other means and says so in its
report; this backend never pretends.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from edge_app.runtime.backends import Outputs, check_image
from edge_app.runtime.errors import BackendError, MissingRuntimeError

COMPUTE_UNITS = ("ALL", "CPU_ONLY", "CPU_AND_GPU", "CPU_AND_NE")
# What coremltools raises on a model or an image that Core ML refuses.
RUNTIME_ERRORS = (RuntimeError, ValueError, TypeError, OSError)


class CoremlBackend:
    """One compiled model on one choice of compute units. Core ML decides about threads itself."""

    def __init__(self, model: Path | bytes, *, threads: int, compute_unit: str = "ALL") -> None:
        if compute_unit not in COMPUTE_UNITS:
            raise BackendError(f"compute unit {compute_unit!r} is unknown; use one of {', '.join(COMPUTE_UNITS)}")
        coremltools = load_runtime()
        if isinstance(model, bytes):
            raise BackendError("a .mlpackage is a folder and cannot be opened from bytes; give its path")
        self.name = f"Core ML on {compute_unit} (coremltools {importlib.metadata.version('coremltools')})"
        try:
            self._model = coremltools.models.MLModel(
                str(model), compute_units=getattr(coremltools.ComputeUnit, compute_unit)
            )
            self._input, self.side_px = image_input(self._model.get_spec())
        except RUNTIME_ERRORS as error:
            raise BackendError(f"{self.name} refuses model {model} ({error}); export it again") from error

    def run(self, image: np.ndarray) -> Outputs:
        """Outputs for `image`, uint8 [S, S, 3] RGB; BackendError when the shape or type is another."""
        check_image(image, self.side_px)
        try:
            found = self._model.predict({self._input: Image.fromarray(image)})
        except RUNTIME_ERRORS as error:
            raise BackendError(f"{self.name} failed on an image ({error}); export the model again") from error
        if "logits" not in found:
            raise BackendError(f"{self.name} gave the outputs {sorted(found)}, and none is named logits")
        cam = found.get("cam")
        return Outputs(first(found["logits"]), None if cam is None else first(cam))


def load_runtime() -> Any:
    """The module coremltools on macOS; MissingRuntimeError elsewhere, or where it is not installed."""
    if sys.platform != "darwin":
        raise MissingRuntimeError(
            f"Core ML runs on macOS only, this is {sys.platform}; use a .tflite or .onnx model, "
            f"or 'dermedge-export gate', which executes a .mlpackage without Core ML"
        )
    try:
        return importlib.import_module("coremltools")
    except ImportError as error:
        raise MissingRuntimeError("coremltools is not installed; pip install 'dermedge[coreml]'") from error


def image_input(spec: Any) -> tuple[str, int]:
    """(name, side in pixels) of the one square image that the model takes."""
    inputs = list(spec.description.input)
    kinds = [one.type.WhichOneof("Type") for one in inputs]
    if kinds != ["imageType"] or inputs[0].type.imageType.width != inputs[0].type.imageType.height:
        raise ValueError(f"its inputs are {kinds}, not one square image")
    return inputs[0].name, int(inputs[0].type.imageType.width)


def first(values: np.ndarray) -> np.ndarray:
    """Without the batch axis, as float32."""
    return np.asarray(values, dtype=np.float32)[0]
