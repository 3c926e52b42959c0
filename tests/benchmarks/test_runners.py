from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import fresh_run
from benchmarks.runners import noise, open_runner
from edge_app.runtime.errors import BackendError, ConfigError
from tests.edge_app.bundles import contents


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(contents()["model.tflite"])
    return path


def onnx_file(path: Path) -> Path:
    """A product of an input float [1, 4] with a constant."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["image", "weight"], ["logits"])], "product",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(np.ones((4, 2), np.float32), "weight")],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(made.SerializeToString())
    return path


def test_noise_is_the_same_for_the_same_shape_and_fits_the_type() -> None:
    small, again = noise((1, 8, 8, 3), np.uint8), noise([1, 8, 8, 3], np.uint8)
    assert np.array_equal(small, again)
    assert (small.dtype, int(small.max()) > 200) == (np.uint8, True)
    assert noise((1, 3), np.float32).dtype == np.float32


def test_a_tflite_file_answers_the_same_at_every_run(model: Path) -> None:
    runner = open_runner(model, 1)
    first, second = runner.run(), runner.run()
    assert runner.name.startswith("ai_edge_litert ")
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert [np.array_equal(one, other) for one, other in zip(first, second, strict=True)] == [True] * len(first)


def test_an_onnx_file_answers_for_its_noise(tmp_path: Path) -> None:
    runner = open_runner(onnx_file(tmp_path / "model.onnx"), 1)
    (logits,) = runner.run()  # type: ignore[misc]
    assert runner.name.startswith("onnxruntime ")
    assert logits[0] == pytest.approx([noise((1, 4), np.float32).sum()] * 2, rel=1e-5)


def test_a_torch_file_is_the_network_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "eager.torch"
    path.write_text("mobilevitv2_050 64 3", encoding="utf-8")
    runner = open_runner(path, 1)
    assert runner.name.startswith("torch ")
    assert tuple(runner.run().shape) == (1, 3)  # type: ignore[attr-defined]


@pytest.mark.parametrize("suffix", [".tflite", ".onnx"])
def test_what_is_no_model_is_refused_by_its_runtime(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"no model at all")
    with pytest.raises(BackendError, match="refuses"):
        open_runner(path, 1)


def test_a_suffix_without_a_runtime_is_refused_with_those_allowed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"allowed: files that end in \.tflite, \.onnx, \.torch"):
        open_runner(tmp_path / "model.pb", 1)


def test_a_fresh_process_loads_and_runs_the_file(model: Path) -> None:
    found = fresh_run.fresh_metrics(model, 1, 1)
    assert found["load_ms"] > 0
    assert found["first_inference_ms"] > 0
    assert 1e7 < found["model_peak_memory_bytes"] < 4e9


def test_no_fresh_process_is_started_for_a_folder_or_for_none(tmp_path: Path, model: Path) -> None:
    assert fresh_run.fresh_metrics(tmp_path / "model.mlpackage", 1, 1) == {}
    assert fresh_run.fresh_metrics(model, 1, 0) == {}


def test_fresh_metrics_leave_out_the_first_process(monkeypatch: pytest.MonkeyPatch, model: Path) -> None:
    times = iter([900.0, 10.0, 30.0, 20.0])

    def run(_: Path, threads: int) -> dict[str, float]:
        ms = next(times)
        return {"load_ms": ms, "first_inference_ms": 2 * ms, "peak_memory_bytes": ms * threads}

    monkeypatch.setattr(fresh_run, "fresh_run", run)
    found = fresh_run.fresh_metrics(model, 2, 3)
    assert found == {"load_ms": 20.0, "first_inference_ms": 40.0, "model_peak_memory_bytes": 60.0}


def test_a_fresh_process_that_fails_is_told_by_its_last_line(tmp_path: Path) -> None:
    broken = tmp_path / "model.tflite"
    broken.write_bytes(b"no model at all")
    with pytest.raises(BackendError, match=r"a fresh process with .*model\.tflite failed: .*refuses"):
        fresh_run.fresh_run(broken, 1)


def test_main_prints_one_line_of_json(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fresh_run.main([str(model), "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"load_ms", "first_inference_ms", "peak_memory_bytes"}
