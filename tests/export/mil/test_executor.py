from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_app.runtime.errors import BackendError
from export.mil.executor import Executor
from export.mil.load import MODEL, WEIGHTS, load_program
from export.mil.ops import OPS
from export.mil.rounding import overflow_lines, subnormal_lines


def opened(path: Path, precision: Any, *arrays: np.ndarray) -> tuple[Executor, Any]:
    executor = Executor.open(path, precision)
    inputs = {name: torch.from_numpy(a) for name, a in zip(executor.input_names, arrays, strict=True)}
    return executor, next(iter(executor.run(inputs).values()))


def test_fp16_rounds_after_each_op_and_fp32_does_not(save_program: Any) -> None:
    x = np.array([1.0], np.float32)
    path = save_program(lambda mb, x: mb.sub(x=mb.add(x=x, y=np.float16(1e-3)), y=np.float16(1.0)), x, half=True)
    step = np.float32(np.float16(1e-3))
    assert opened(path, "fp32", x)[1].item() == pytest.approx(float(step), rel=1e-4)
    # 1 + 0.001 lies between 1 and the next half, 1 + 2**-10: it becomes the latter.
    assert opened(path, "fp16", x)[1].item() == 2.0**-10


def test_fp16_leaves_alone_what_the_file_types_as_float32(save_program: Any) -> None:
    x = np.array([1.0], np.float32)
    path = save_program(lambda mb, x: mb.add(x=x, y=np.float32(1e-3)), x)
    executor, result = opened(path, "fp16", x)
    assert result.item() == np.float32(1.0) + np.float32(1e-3)
    assert executor.rounding.findings == {}


def test_overflow_is_named_with_its_op(save_program: Any) -> None:
    x = np.array([300.0, 1.0], np.float32)
    executor, result = opened(save_program(lambda mb, x: mb.mul(x=x, y=x, name="area"), x, half=True), "fp16", x)
    assert result.tolist() == [float("inf"), 1.0]
    assert overflow_lines(executor.rounding.findings) == [
        "mul area: 1 of 2 numbers overflow float16 (largest 9e+04, limit 65504)"
    ]


def test_overflow_of_not_a_number_is_counted(save_program: Any) -> None:
    x = np.array([float("nan"), 1.0], np.float32)
    executor, _ = opened(save_program(lambda mb, x: mb.relu(x=x, name="y"), x, half=True), "fp16", x)
    assert executor.rounding.findings["y"].overflows == 1


def test_mean_is_named_when_its_sum_would_overflow(save_program: Any) -> None:
    x = np.full((1, 1000), 100.0, np.float32)
    path = save_program(lambda mb, x: mb.reduce_mean(x=x, axes=[1], keep_dims=True, name="mean"), x, half=True)
    executor, result = opened(path, "fp16", x)
    assert result.item() == 100.0
    assert overflow_lines(executor.rounding.findings) == [
        "reduce_mean mean: overflows where it is summed in float16 (sum 1e+05, limit 65504)"
    ]


def test_subnormals_are_named_with_their_share(save_program: Any) -> None:
    x = np.array([1e-3, 1.0, 1.0, 1.0], np.float32)
    executor, _ = opened(save_program(lambda mb, x: mb.mul(x=x, y=np.float16(1e-2), name="y"), x, half=True), "fp16", x)
    assert subnormal_lines(executor.rounding.findings) == [
        "mul y: 25.0% of its numbers are below float16's normal range (6.1e-05); hardware may make them 0"
    ]


def test_run_shows_every_result_to_the_observer(save_program: Any) -> None:
    x = np.array([1.0, -2.0], np.float32)
    path = save_program(lambda mb, x: mb.relu(x=mb.mul(x=x, y=3.0, name="tripled"), name="kept"), x)
    seen: dict[str, list[float]] = {}
    executor = Executor.open(path)
    executor.run({"x": torch.from_numpy(x)}, observe=lambda name, value: seen.update({name: value.tolist()}))
    assert seen == {"tripled": [3.0, -6.0], "kept": [3.0, 0.0]}


def test_run_gives_the_same_twice(save_program: Any, numbers: Any) -> None:
    x = numbers(1, 3, 8, 8)
    weight = numbers(4, 3, 3, 3, seed=1)
    path = save_program(lambda mb, x: mb.silu(x=mb.conv(x=x, weight=weight)), x, half=True)
    executor, first = opened(path, "fp16", x)
    second = next(iter(executor.run({"x": torch.from_numpy(x)}).values()))
    assert torch.equal(first, second)


def test_run_refuses_other_inputs(save_program: Any) -> None:
    executor = Executor.open(save_program(lambda mb, x: mb.relu(x=x), np.ones(2, np.float32)))
    with pytest.raises(BackendError, match=r"takes the inputs \['x'\], not \['image'\]"):
        executor.run({"image": torch.ones(2)})


def test_unknown_op_is_named_with_its_output_and_file(save_program: Any) -> None:
    path = save_program(lambda mb, x: mb.atan(x=x, name="angle"), np.ones(2, np.float32))
    with pytest.raises(BackendError, match=r"op atan \(output angle\) of .*program\.mlpackage is unknown"):
        Executor.open(path)


def test_computed_shape_is_refused_with_its_op(save_program: Any) -> None:
    x, shape = np.ones(4, np.float32), np.array([2, 2], np.int32)
    path = save_program(lambda mb, x, y: mb.reshape(x=x, shape=y, name="square"), x, shape)
    with pytest.raises(BackendError, match=r"op reshape \(output square\).*argument shape is computed"):
        Executor.open(path)


def test_unknown_argument_is_refused_with_its_op(save_program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_program(lambda mb, x: mb.softmax(x=x, axis=0, name="y"), np.ones(2, np.float32))
    ops = {**OPS, "softmax": OPS["relu"]}
    monkeypatch.setattr("export.mil.executor.OPS", ops)
    with pytest.raises(BackendError, match=r"op softmax \(output y\).*has the argument axis"):
        Executor.open(path)


def test_load_refuses_what_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"is no \.mlpackage"):
        load_program(tmp_path / "absent.mlpackage", OPS)


def test_load_refuses_a_damaged_specification(save_program: Any) -> None:
    path = save_program(lambda mb, x: mb.relu(x=x), np.ones(2, np.float32))
    (path / MODEL).write_bytes(b"\xff" * 100)
    with pytest.raises(BackendError, match=r"holds no readable model\.mlmodel"):
        load_program(path, OPS)


def test_load_refuses_another_model_type(save_program: Any, ct: Any) -> None:
    path = save_program(lambda mb, x: mb.relu(x=x), np.ones(2, np.float32))
    spec = ct.proto.Model_pb2.Model(specificationVersion=4)
    spec.neuralNetwork.SetInParent()
    (path / MODEL).write_bytes(spec.SerializeToString())
    with pytest.raises(BackendError, match="holds a model of type neuralNetwork"):
        load_program(path, OPS)


@pytest.mark.parametrize("bytes_kept", [None, 0, 64, 100, 1000])
def test_load_refuses_weights_that_are_missing_or_cut(bytes_kept: int | None, save_program: Any, numbers: Any) -> None:
    weight = numbers(64, 64)
    path = save_program(lambda mb, x: mb.linear(x=x, weight=weight), numbers(1, 64))
    file = path / WEIGHTS / "weight.bin"
    if bytes_kept is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:bytes_kept])
    with pytest.raises(BackendError, match=r"weight\.bin is missing or cut short"):
        load_program(path, OPS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), value=st.integers(0, 255), cut=st.integers(0, 40))
def test_damaged_specification_is_refused_or_opens(
    at: int, value: int, cut: int, save_program: Any, tmp_path: Path
) -> None:
    path = tmp_path / "program.mlpackage"
    if not path.exists():
        save_program(lambda mb, x: mb.gelu(x=mb.mul(x=x, y=3.0), mode="EXACT"), np.ones(2, np.float32))
        (path / "whole").write_bytes((path / MODEL).read_bytes())
    damaged = bytearray((path / "whole").read_bytes())
    damaged[at % len(damaged)] = value
    (path / MODEL).write_bytes(bytes(damaged[: len(damaged) - cut]))
    with contextlib.suppress(BackendError):
        Executor.open(path)
