"""Any model file in its runtime, ready to be run again and again on one input: ours, and those of other tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.backends.onnx import load_runtime as load_onnxruntime
from edge_app.runtime.backends.onnx import runtime_errors
from edge_app.runtime.backends.tflite import RUNTIME_ERRORS
from edge_app.runtime.backends.tflite import load_runtime as load_interpreter
from edge_app.runtime.errors import BackendError, ConfigError
from export.targets.quiet import noise_kept_aside

Call = Callable[[], object]
SEED = 0
TORCH_SUFFIX = ".torch"


@dataclass(frozen=True)
class Runner:
    """A loaded model; `name` is the runtime with its version, `run` answers once for the same noise."""

    name: str
    run: Call


def open_runner(model: Path, threads: int) -> Runner:
    """`model` loaded; BackendError where its runtime refuses it, ConfigError for a suffix without a runtime here.

    A `.torch` file is one line, `ARCH SIDE CLASSES`: that network of timm's in eager mode, with random weights.
    """
    if model.suffix not in RUNNERS:
        raise ConfigError(f"{model} cannot be timed; allowed: files that end in {', '.join(RUNNERS)}")
    with noise_kept_aside():
        return RUNNERS[model.suffix](model, threads)


def tflite_runner(model: Path, threads: int) -> Runner:
    """The interpreter with its default delegate."""
    interpreter_class, name = load_interpreter()
    try:
        interpreter = interpreter_class(model_path=str(model), num_threads=threads)
        interpreter.allocate_tensors()
    except RUNTIME_ERRORS as error:
        raise BackendError(f"{name} refuses {model} ({error})") from error
    inputs = [(one["index"], noise(one["shape"], one["dtype"])) for one in interpreter.get_input_details()]
    outputs = [one["index"] for one in interpreter.get_output_details()]

    def run() -> object:
        for index, values in inputs:
            interpreter.set_tensor(index, values)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in outputs]

    return Runner(name, run)


def onnx_runner(model: Path, threads: int) -> Runner:
    """A session on the CPU provider."""
    session = onnx_session(model, onnx_options(threads))
    feed = onnx_feed(session)
    return Runner(f"onnxruntime {load_onnxruntime().__version__}", lambda: session.run(None, feed))


def onnx_options(threads: int) -> Any:
    """onnxruntime's own defaults, but for the threads."""
    options = load_onnxruntime().SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    return options


def onnx_session(model: Path, options: Any) -> Any:
    """`model` loaded; BackendError where onnxruntime refuses it."""
    runtime = load_onnxruntime()
    try:
        return runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except runtime_errors(runtime) as error:
        raise BackendError(f"onnxruntime {runtime.__version__} refuses {model} ({error})") from error


def onnx_feed(session: Any) -> dict[str, np.ndarray]:
    """Noise for every input."""
    kinds = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32}
    return {one.name: noise(one.shape, kinds[one.type]) for one in session.get_inputs()}


def torch_runner(model: Path, threads: int) -> Runner:
    """A timm network in eager mode."""
    import torch

    from benchmarks.peers.timm_network import network

    arch, side_px, classes = model.read_text(encoding="utf-8").split()
    module = network(arch, int(classes))
    image = torch.from_numpy(noise((1, 3, int(side_px), int(side_px)), np.float32))

    def run() -> object:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            return module(image)

    return Runner(f"torch {torch.__version__}", run)


RUNNERS: dict[str, Callable[[Path, int], Runner]] = {
    ".tflite": tflite_runner,
    ".onnx": onnx_runner,
    TORCH_SUFFIX: torch_runner,
}


def noise(shape: Any, dtype: Any) -> np.ndarray:
    """The same noise for the same shape: bytes, or about what a normalised photo holds."""
    rng = np.random.default_rng(SEED)
    sizes = [int(size) for size in shape]
    if np.dtype(dtype).kind in "iu":
        return rng.integers(0, np.iinfo(dtype).max, size=sizes, endpoint=True, dtype=dtype)
    return rng.standard_normal(sizes).astype(dtype)
