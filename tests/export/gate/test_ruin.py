"""A ruined copy answers every photo alike, whatever the format, and the file itself stays as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.backends import open_backend
from edge_app.runtime.errors import GateError
from export.gate.ruin import ruined
from tests.contracts.tiny_model import MODELS


@pytest.mark.parametrize("name", ["tiny.tflite", "tiny.onnx"])
def test_ruined_file_gives_every_photo_one_answer(name: str, tmp_path: Path) -> None:
    model = tmp_path / f"model{Path(name).suffix}"
    shutil.copy(MODELS / name, model)
    content = model.read_bytes()
    photos = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
    whole = np.stack([open_backend(model, 1).run(photo).logits for photo in photos])
    spoiled = open_backend(ruined(model, tmp_path / f"ruined{model.suffix}"), 1)
    found = np.stack([spoiled.run(photo).logits for photo in photos])
    assert np.ptp(whole, axis=0).max() > 0.01
    assert np.ptp(found, axis=0).max() == 0.0
    assert model.read_bytes() == content


def test_file_without_weights_cannot_prove_the_gate(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in ("image", "logits")]
    graph = helper.make_graph([helper.make_node("Relu", ["image"], ["logits"])], "g", ends[:1], ends[1:])
    onnx.save(helper.make_model(graph), tmp_path / "model.onnx")
    with pytest.raises(GateError, match="no layer with weights"):
        ruined(tmp_path / "model.onnx", tmp_path / "ruined.onnx")
