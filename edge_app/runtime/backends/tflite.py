"""TFLite files by whichever interpreter is installed: ai_edge_litert, else tflite_runtime, else tensorflow.lite."""

from __future__ import annotations

import importlib
import importlib.metadata
import threading
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.backends import Outputs, check_image
from edge_app.runtime.errors import BackendError, MissingRuntimeError

Runtimes = tuple[tuple[str, tuple[str, ...]], ...]
# Module that has `Interpreter`, and the distributions that may have installed it.
RUNTIMES: Runtimes = (
    ("ai_edge_litert.interpreter", ("ai-edge-litert", "ai-edge-litert-nightly")),
    ("tflite_runtime.interpreter", ("tflite-runtime", "tflite-runtime-nightly")),
    # `tensorflow.lite.Interpreter` is there only after `import tensorflow`, and not as a module's attribute.
    ("tensorflow.lite.python.interpreter", ("tensorflow", "tensorflow-cpu", "tf-nightly")),
)
# What the interpreters' bindings raise on a model or an input that they refuse.
RUNTIME_ERRORS = (ValueError, RuntimeError, TypeError, MemoryError, KeyError)


class TfliteBackend:
    """One loaded .tflite file; safe to call from several threads, one at a time."""

    def __init__(self, model: Path | bytes, *, threads: int, runtimes: Runtimes | None = None) -> None:
        interpreter_class, self.name = load_runtime(RUNTIMES if runtimes is None else runtimes)
        self._lock = threading.Lock()
        try:
            source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
            self._interpreter = interpreter_class(**source, num_threads=threads)
            self._interpreter.allocate_tensors()
            self._input = single_input(self._interpreter)
            self._outputs = named_outputs(self._interpreter)
        except RUNTIME_ERRORS as error:
            raise BackendError(f"{self.name} refuses {model_name(model)} ({error}); export it again") from error
        self.side_px = int(self._input["shape"][1])

    def run(self, image: np.ndarray) -> Outputs:
        """Outputs for `image`, uint8 [S, S, 3] RGB; BackendError when the shape or type is another."""
        check_image(image, self.side_px)
        with self._lock:
            try:
                self._interpreter.set_tensor(self._input["index"], image[None])
                self._interpreter.invoke()
                found = {name: self._tensor(detail) for name, detail in self._outputs.items()}
            except RUNTIME_ERRORS as error:
                raise BackendError(f"{self.name} failed on an image ({error}); export the model again") from error
        return Outputs(found["logits"], found.get("cam"))

    def _tensor(self, detail: dict[str, Any]) -> np.ndarray:
        """One output without its batch dimension, as float32."""
        return dequantized(self._interpreter.get_tensor(detail["index"]), detail)[0]


def load_runtime(runtimes: Runtimes = RUNTIMES) -> tuple[Any, str]:
    """(Interpreter class, "ai_edge_litert 2.3.0") of the first of `runtimes` that is installed."""
    for module, distributions in runtimes:
        try:
            interpreter = importlib.import_module(module).Interpreter
        except ImportError:
            continue
        package = module.removesuffix(".interpreter").removesuffix(".python")
        return interpreter, f"{package} {version(distributions)}"
    raise MissingRuntimeError("no TFLite runtime is installed; install one: pip install 'dermedge[tflite]'")


def version(distributions: tuple[str, ...]) -> str:
    """Version of the first of `distributions` that is installed."""
    for name in distributions:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "of unknown version"


def model_name(model: Path | bytes) -> str:
    """How an error names the model."""
    return f"the model ({len(model)} bytes)" if isinstance(model, bytes) else f"model {model}"


def single_input(interpreter: Any) -> dict[str, Any]:
    """The input's details: uint8 [1, S, S, 3]."""
    details = interpreter.get_input_details()
    shape = [int(n) for n in details[0]["shape"]] if len(details) == 1 else []
    if len(shape) != 4 or shape[0] != 1 or shape[1] != shape[2] or shape[3] != 3 or details[0]["dtype"] != np.uint8:
        found = [f"{np.dtype(d['dtype']).name} {[int(n) for n in d['shape']]}" for d in details]
        raise ValueError(f"its inputs are {found}, not one uint8 [1, S, S, 3]")
    return dict(details[0])


def named_outputs(interpreter: Any) -> dict[str, dict[str, Any]]:
    """Details of the outputs `logits` and, where it has one, `cam`; converters shuffle outputs, so names decide."""
    details = {detail["index"]: detail for detail in interpreter.get_output_details()}
    named = {short_name(detail["name"]): detail for detail in details.values()}
    for key in interpreter.get_signature_list():
        signature = interpreter.get_signature_runner(key).get_output_details()
        named.update({name: details[d["index"]] for name, d in signature.items() if d["index"] in details})
    ranks = {"logits": 2, "cam": 4}
    wanted = {name: named[name] for name in ranks if name in named}
    if "logits" not in wanted:
        raise ValueError(f"it has the outputs {sorted(named)}, and none is named logits")
    for name, detail in wanted.items():
        if len(detail["shape"]) != ranks[name] or detail["shape"][0] != 1:
            raise ValueError(f"its output {name} has the shape {list(detail['shape'])}, not rank {ranks[name]}")
    return wanted


def short_name(tensor: str) -> str:
    """`logits` of `model/logits:0`."""
    return tensor.split("/")[-1].split(":")[0]


def dequantized(values: np.ndarray, detail: dict[str, Any]) -> np.ndarray:
    """`values` as float32: (q - zero_point) * scale for integer outputs, per channel where there are several."""
    if not np.issubdtype(values.dtype, np.integer):
        return values.astype(np.float32)
    quantization = detail["quantization_parameters"]
    scales = np.asarray(quantization["scales"], dtype=np.float64)
    zero_points = np.asarray(quantization["zero_points"], dtype=np.float64)
    if scales.size == 0:
        raise ValueError(f"output {detail['name']} is {values.dtype} and has no scale")
    shape = [1] * values.ndim
    if scales.size > 1:
        shape[quantization["quantized_dimension"]] = scales.size
    return ((values - zero_points.reshape(shape)) * scales.reshape(shape)).astype(np.float32)
