"""Core ML's backend on a stand-in for coremltools: Core ML itself exists on macOS only."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edge_app.runtime.backends import coreml, open_backend
from edge_app.runtime.errors import BackendError, MissingRuntimeError


class StandIn:
    """MLModel with one image input and outputs that hold the image's mean colour."""

    outputs: dict[str, np.ndarray] | None = None

    def __init__(self, path: str, *, compute_units: str) -> None:
        self.compute_units = compute_units
        if "damaged" in path:
            raise RuntimeError("compile error")

    def get_spec(self) -> Any:
        image = SimpleNamespace(width=4, height=4)
        kind = SimpleNamespace(WhichOneof=lambda _: "imageType", imageType=image)
        return SimpleNamespace(description=SimpleNamespace(input=[SimpleNamespace(name="image", type=kind)]))

    def predict(self, inputs: dict[str, Image.Image]) -> dict[str, np.ndarray]:
        means = np.asarray(inputs["image"]).mean(axis=(0, 1))[None]
        return self.outputs or {"logits": means, "cam": means[:, None, None], "classLabel": np.array("x")}


@pytest.fixture
def on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    units = SimpleNamespace(**{unit: unit for unit in coreml.COMPUTE_UNITS})
    fake = SimpleNamespace(models=SimpleNamespace(MLModel=StandIn), ComputeUnit=units)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "coremltools", fake)
    monkeypatch.setattr("importlib.metadata.version", lambda _: "9.0")


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_open_says_what_to_do_instead_when_not_on_macos(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(MissingRuntimeError, match=f"macOS only, this is {platform}; use a .tflite or .onnx model"):
        open_backend(Path("model.mlpackage"))


def test_open_names_the_extra_when_coremltools_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "coremltools", None)
    with pytest.raises(MissingRuntimeError, match=r"pip install 'dermedge\[coreml\]'"):
        open_backend(Path("model.mlpackage"))


@pytest.mark.usefixtures("on_macos")
class TestOnMacos:
    def test_run_gives_float32_without_the_batch_axis(self) -> None:
        backend = open_backend(Path("model.mlpackage"))
        image = np.zeros((4, 4, 3), np.uint8)
        image[..., 0] = 200
        found = backend.run(image)
        assert found.logits.dtype == np.float32
        assert found.logits.tolist() == [200.0, 0.0, 0.0]
        assert found.cam is not None and found.cam.shape == (1, 1, 3)

    def test_name_says_compute_unit_and_version(self) -> None:
        backend = coreml.CoremlBackend(Path("model.mlpackage"), threads=2, compute_unit="CPU_AND_NE")
        assert backend.name == "Core ML on CPU_AND_NE (coremltools 9.0)"

    def test_open_refuses_an_unknown_compute_unit(self) -> None:
        with pytest.raises(BackendError, match="'TPU' is unknown; use one of ALL, CPU_ONLY, CPU_AND_GPU, CPU_AND_NE"):
            coreml.CoremlBackend(Path("model.mlpackage"), threads=2, compute_unit="TPU")

    def test_open_refuses_bytes(self) -> None:
        with pytest.raises(BackendError, match="cannot be opened from bytes"):
            coreml.CoremlBackend(b"model", threads=2)

    def test_open_says_what_core_ml_refused(self) -> None:
        with pytest.raises(BackendError, match=r"refuses model damaged\.mlpackage \(compile error\)"):
            open_backend(Path("damaged.mlpackage"))

    def test_run_refuses_another_image(self) -> None:
        with pytest.raises(BackendError, match=r"takes uint8 \[4, 4, 3\]"):
            open_backend(Path("model.mlpackage")).run(np.zeros((5, 5, 3), np.uint8))

    def test_run_refuses_outputs_without_logits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(StandIn, "outputs", {"var_1": np.zeros((1, 3))})
        with pytest.raises(BackendError, match=r"outputs \['var_1'\], and none is named logits"):
            open_backend(Path("model.mlpackage")).run(np.zeros((4, 4, 3), np.uint8))
