from __future__ import annotations

import builtins
import sys
from types import ModuleType

import numpy as np
import pytest

from edge_app.runtime.backends import tflite
from edge_app.runtime.errors import MissingRuntimeError


class FakeRunner:
    def __init__(self, outputs: dict[str, dict]) -> None:
        self.outputs = outputs

    def get_output_details(self) -> dict[str, dict]:
        return self.outputs


class FakeInterpreter:
    """Only what names and shapes are read from."""

    def __init__(self, inputs: list[dict], outputs: list[dict], signature: dict[str, int] | None = None) -> None:
        self.inputs, self.outputs, self.signature = inputs, outputs, signature

    def get_input_details(self) -> list[dict]:
        return self.inputs

    def get_output_details(self) -> list[dict]:
        return self.outputs

    def get_signature_list(self) -> dict[str, object]:
        return {"serving_default": {}} if self.signature else {}

    def get_signature_runner(self, key: str) -> FakeRunner:
        assert key == "serving_default" and self.signature
        return FakeRunner({name: {"index": index} for name, index in self.signature.items()})


def tensor(name: str, index: int, *shape: int, dtype: type = np.float32) -> dict:
    return {"name": name, "index": index, "shape": np.array(shape), "dtype": dtype}


CAM, LOGITS = tensor("PartitionedCall:0", 7, 1, 4, 4, 3), tensor("PartitionedCall:1", 8, 1, 3)


def test_named_outputs_follows_the_signature_when_tensors_have_other_names() -> None:
    for outputs in ([CAM, LOGITS], [LOGITS, CAM]):
        named = tflite.named_outputs(FakeInterpreter([], outputs, {"logits": 8, "cam": 7}))
        assert {name: detail["index"] for name, detail in named.items()} == {"logits": 8, "cam": 7}


def test_named_outputs_follows_tensor_names_when_there_is_no_signature() -> None:
    outputs = [tensor("model/cam:0", 3, 1, 4, 4, 3), tensor("logits", 2, 1, 3), tensor("other", 1, 1)]
    named = tflite.named_outputs(FakeInterpreter([], outputs))
    assert {name: detail["index"] for name, detail in named.items()} == {"logits": 2, "cam": 3}


def test_named_outputs_has_no_cam_when_the_model_has_none() -> None:
    assert list(tflite.named_outputs(FakeInterpreter([], [tensor("logits:0", 2, 1, 3)]))) == ["logits"]


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ([CAM, LOGITS], "none is named logits"),
        ([tensor("logits", 0, 3)], "not rank 2"),
        ([tensor("logits", 0, 2, 3)], "not rank 2"),
        ([tensor("logits", 0, 1, 3), tensor("cam", 1, 1, 3)], "not rank 4"),
    ],
)
def test_named_outputs_refuses_models_without_the_contracts_outputs(outputs: list[dict], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tflite.named_outputs(FakeInterpreter([], outputs))


@pytest.mark.parametrize(
    "inputs",
    [
        [],
        [tensor("image", 0, 1, 32, 32, 3)],
        [tensor("image", 0, 1, 3, 32, 32, dtype=np.uint8)],
        [tensor("image", 0, 1, 32, 30, 3, dtype=np.uint8)],
        [tensor("image", 0, 1, 32, 32, 3, dtype=np.uint8)] * 2,
    ],
)
def test_single_input_refuses_models_that_do_not_take_a_uint8_square(inputs: list[dict]) -> None:
    with pytest.raises(ValueError, match=r"not one uint8 \[1, S, S, 3\]"):
        tflite.single_input(FakeInterpreter(inputs, []))


def quantized(scales: list[float], zero_points: list[int], dimension: int = 0) -> dict:
    parameters = {"scales": scales, "zero_points": zero_points, "quantized_dimension": dimension}
    return {"name": "logits", "quantization_parameters": parameters}


def test_dequantized_gives_scale_times_distance_from_the_zero_point() -> None:
    values = np.array([[-128, -3, 0, 127]], np.int8)
    found = tflite.dequantized(values, quantized([0.5], [-3]))
    np.testing.assert_array_equal(found, np.array([[-62.5, 0.0, 1.5, 65.0]], np.float32))


def test_dequantized_uses_each_channels_own_scale() -> None:
    values = np.array([[10, 10]], np.int16)
    np.testing.assert_array_equal(tflite.dequantized(values, quantized([0.5, 2.0], [0, 5], 1)), [[5.0, 10.0]])


def test_dequantized_leaves_floats_alone_and_refuses_integers_without_a_scale() -> None:
    floats = np.array([[1.5]], np.float32)
    np.testing.assert_array_equal(tflite.dequantized(floats, quantized([], [])), floats)
    with pytest.raises(ValueError, match="has no scale"):
        tflite.dequantized(np.array([[1]], np.int8), quantized([], []))


def test_load_runtime_takes_the_next_one_when_the_first_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    old = ModuleType("tflite_runtime.interpreter")
    old.Interpreter = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setitem(sys.modules, "tflite_runtime", ModuleType("tflite_runtime"))
    monkeypatch.setitem(sys.modules, "tflite_runtime.interpreter", old)
    found, name = tflite.load_runtime()
    assert found is object and name.startswith("tflite_runtime ")


def test_load_runtime_names_the_extra_when_none_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def refuse(name: str, *args: object, **options: object) -> object:
        if name.partition(".")[0] in {"ai_edge_litert", "tflite_runtime", "tensorflow"}:
            raise ImportError(name)
        return imported(name, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(tflite.importlib, "import_module", refuse)
    with pytest.raises(MissingRuntimeError, match=r"pip install 'dermedge\[tflite\]'"):
        tflite.load_runtime()
