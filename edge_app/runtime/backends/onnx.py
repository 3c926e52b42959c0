"""ONNX files by onnxruntime's CPU provider, with its telemetry off."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.backends import Outputs, check_image
from edge_app.runtime.errors import BackendError, MissingRuntimeError

# The variable has to be set before the import: onnxruntime >= 1.29 otherwise reports home and writes a device id.
TELEMETRY_OFF = ("ORT_DISABLE_TELEMETRY", "1")
PROVIDERS = ("CPUExecutionProvider",)
RANKS = {"logits": 2, "cam": 4}
FLOATS = ("tensor(float)", "tensor(float16)")
# onnxruntime's own exceptions have no common base but Exception; `runtime_errors` adds them.
BINDING_ERRORS = (ValueError, RuntimeError, TypeError, OSError, MemoryError)
SEVERITY_ERROR = 3


class OnnxBackend:
    """One session; safe to call from several threads."""

    def __init__(self, model: Path | bytes, *, threads: int) -> None:
        runtime = load_runtime()
        self.name = f"onnxruntime {runtime.__version__}"
        self._errors = runtime_errors(runtime)
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = SEVERITY_ERROR
        try:
            source = model if isinstance(model, bytes) else str(model)
            self._session = runtime.InferenceSession(source, options, providers=list(PROVIDERS))
            self._input, self.side_px = single_input(self._session)
            self._outputs = named_outputs(self._session)
        except self._errors as error:
            raise BackendError(f"{self.name} refuses {model_name(model)} ({error}); export it again") from error

    def run(self, image: np.ndarray) -> Outputs:
        """Outputs for `image`, uint8 [S, S, 3] RGB; BackendError when the shape or type is another."""
        check_image(image, self.side_px)
        try:
            values = self._session.run(self._outputs, {self._input: np.ascontiguousarray(image[None])})
        except self._errors as error:
            raise BackendError(f"{self.name} failed on an image ({error}); export the model again") from error
        found = {name: value[0].astype(np.float32) for name, value in zip(self._outputs, values, strict=True)}
        return Outputs(found["logits"], found.get("cam"))


def load_runtime() -> Any:
    """The module onnxruntime with its telemetry off; MissingRuntimeError where it is not installed."""
    os.environ[TELEMETRY_OFF[0]] = TELEMETRY_OFF[1]
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise MissingRuntimeError("onnxruntime is not installed; pip install 'dermedge[onnx]'") from error


def runtime_errors(runtime: Any) -> tuple[type[BaseException], ...]:
    """Everything that a session raises on a model or an input that it refuses."""
    state = runtime.capi.onnxruntime_pybind11_state
    own = [kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return (*BINDING_ERRORS, *own)


def model_name(model: Path | bytes) -> str:
    """How an error names the model."""
    return f"the model ({len(model)} bytes)" if isinstance(model, bytes) else f"model {model}"


def single_input(session: Any) -> tuple[str, int]:
    """(name, side in pixels) of the one input: uint8 [1, S, S, 3]."""
    inputs = session.get_inputs()
    shape = list(inputs[0].shape) if len(inputs) == 1 and inputs[0].type == "tensor(uint8)" else []
    if len(shape) != 4 or not isinstance(shape[1], int) or shape != [1, shape[1], shape[1], 3]:
        found = [f"{one.type} {one.shape}" for one in inputs]
        raise ValueError(f"its inputs are {found}, not one uint8 [1, S, S, 3]")
    return inputs[0].name, shape[1]


def named_outputs(session: Any) -> list[str]:
    """The outputs to ask for: `logits` and, where it has one, `cam`, both floating point."""
    outputs = {one.name: one for one in session.get_outputs()}
    if "logits" not in outputs:
        raise ValueError(f"it has the outputs {sorted(outputs)}, and none is named logits")
    wanted = [name for name in RANKS if name in outputs]
    for name in wanted:
        kind, shape = outputs[name].type, outputs[name].shape
        if kind not in FLOATS or len(shape) != RANKS[name] or shape[0] != 1:
            raise ValueError(f"its output {name} is {kind} {shape}, not floating point of rank {RANKS[name]}")
    return wanted
