"""Builds one-op programs, saves them as `.mlpackage` and runs them: no pass rewrites them on the way."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from export.mil.coremltools_import import coremltools
from export.mil.executor import Executor
from export.mil.load import load_spec, operations

SaveProgram = Callable[..., Path]
RunOp = Callable[..., Any]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def ct() -> Any:
    """coremltools; its garbage collection at each conversion skips what is already there (0.2 s each otherwise)."""
    module = coremltools()
    gc.collect()
    gc.freeze()
    return module


@pytest.fixture
def save_program(ct: Any, tmp_path: Path) -> SaveProgram:
    """save_program(build, *arrays, opset=..., half=...) -> path; `build(mb, *inputs)` returns the outputs."""
    from coremltools.converters.mil.mil import Builder, types

    def save(build: Callable[..., Any], *arrays: np.ndarray, opset: str = "iOS17", half: bool = False) -> Path:
        target = getattr(ct.target, opset)
        dtypes = {"float32": types.fp16 if half else types.fp32, "int32": types.int32, "bool": types.bool}
        specs = [Builder.TensorSpec(a.shape, dtype=dtypes[a.dtype.name]) for a in arrays]
        names = ["x", "y", "z"][: len(arrays)]
        # coremltools reads the names of inputs from the signature of the function.
        function = eval(f"lambda {', '.join(names)}: build(mb, {', '.join(names)})", {"build": build, "mb": Builder})
        program = Builder.program(input_specs=specs, opset_version=target)(function)
        model = ct.convert(
            program,
            convert_to="mlprogram",
            minimum_deployment_target=target,
            pass_pipeline=ct.PassPipeline.EMPTY,
            compute_precision=ct.precision.FLOAT32,
            skip_model_load=True,
        )
        path = tmp_path / "program.mlpackage"
        model.save(str(path))
        return path

    return save


@pytest.fixture
def run_op(save_program: SaveProgram) -> RunOp:
    """run_op(op, build, *arrays) -> the outputs as numpy arrays (one, or a list), `op` being among the file's ops."""

    def run(op: str, build: Callable[..., Any], *arrays: np.ndarray, precision: str = "fp32", **options: Any) -> Any:
        path = save_program(build, *arrays, **options)
        assert op in {operation.type for operation in operations(load_spec(path))}
        inputs = {name: torch.from_numpy(a) for name, a in zip(["x", "y", "z"], arrays, strict=False)}
        outputs = [value.numpy() for value in Executor.open(path, precision).run(inputs).values()]
        return outputs[0] if len(outputs) == 1 else outputs

    return run


@pytest.fixture
def numbers() -> Callable[..., np.ndarray]:
    """numbers(*shape) -> the same float32 numbers around 0 for the same shape."""

    def make(*shape: int, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).normal(size=shape).astype(np.float32)

    return make


@pytest.fixture
def sub_byte(ct: Any) -> Callable[[list[Any], str], np.ndarray]:
    """sub_byte(values, "int4") -> an array of one of coremltools' types below 8 bits."""
    from coremltools.converters.mil.mil import types

    def make(values: list[Any], dtype: str) -> np.ndarray:
        return np.array(values).astype(types.nptype_from_builtin(types.string_to_builtin(dtype)))

    return make
