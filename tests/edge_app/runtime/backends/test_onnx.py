"""The ONNX backend: what it refuses, and that onnxruntime neither reports home nor writes anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from edge_app.runtime.backends.onnx import OnnxBackend
from edge_app.runtime.errors import BackendError
from tests.contracts.tiny_model import MODELS

SCRIPT = """
import sys
import numpy as np
from edge_app.runtime.backends import open_backend
from pathlib import Path
backend = open_backend(Path(sys.argv[1]), threads=2)
print(backend.run(np.zeros((32, 32, 3), np.uint8)).logits.tolist())
"""


def model(dtype: int, shape: list[int], output: str, out_type: int = TensorProto.FLOAT) -> bytes:
    """A model that casts its input."""
    graph = helper.make_graph(
        [helper.make_node("Cast", ["image"], [output], to=out_type)],
        "cast",
        [helper.make_tensor_value_info("image", dtype, shape)],
        [helper.make_tensor_value_info(output, out_type, shape)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8).SerializeToString()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (model(TensorProto.FLOAT, [1, 8, 8, 3], "logits"), r"tensor\(float\) \[1, 8, 8, 3\].*not one uint8"),
        (model(TensorProto.UINT8, [1, 3, 8, 8], "logits"), "not one uint8"),
        (model(TensorProto.UINT8, [1, 8, 8, 3], "scores"), r"\['scores'\], and none is named logits"),
        (model(TensorProto.UINT8, [1, 8, 8, 3], "logits"), "not floating point of rank 2"),
        (model(TensorProto.UINT8, [1, 8, 8, 3], "logits", TensorProto.INT32), r"tensor\(int32\)"),
    ],
    ids=["float input", "channels first", "no logits", "logits of rank 4", "integer logits"],
)
def test_open_raises_backend_error_when_inputs_or_outputs_are_others(content: bytes, complaint: str) -> None:
    with pytest.raises(BackendError, match=complaint) as caught:
        OnnxBackend(content, threads=1)
    assert "\n" not in str(caught.value)


def test_nothing_is_written_when_a_model_runs_with_an_empty_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    done = subprocess.run(
        [sys.executable, "-B", "-c", SCRIPT, str(MODELS / "tiny.onnx")],
        env={**kept, "HOME": str(home), "TMPDIR": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(json.loads(done.stdout), [-2.5, -2.25, 2.25, -0.375], atol=1e-5)
    assert list(home.rglob("*")) == []


def test_tiny_model_passes_the_checker_of_onnx() -> None:
    onnx.checker.check_model(onnx.load(MODELS / "tiny.onnx"), full_check=True)
