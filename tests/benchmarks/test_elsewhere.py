from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.elsewhere import Environment, answers_elsewhere, environments
from edge_app.runtime.errors import BackendError
from tests.contracts.tiny_model import MODELS, expected, images


def environment(*command: str, most_photos: int = 100) -> Environment:
    return Environment(name="here", command=command, path=(), suffixes=(".tflite",), most_photos=most_photos)


def test_another_python_answers_for_the_first_photos() -> None:
    photos = images(3, seed=2)
    runtime, logits = answers_elsewhere(environment(sys.executable, most_photos=2), MODELS / "tiny.tflite", photos)
    assert runtime.endswith(", here")
    assert logits == pytest.approx(np.stack([expected(photo).logits for photo in photos[:2]]), abs=1e-4)


def test_a_runtime_that_refuses_is_quoted(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    with pytest.raises(BackendError, match=r"here: .*BackendError: .* refuses model"):
        answers_elsewhere(environment(sys.executable), broken, images(1, seed=2))


@pytest.mark.parametrize("how", ["kill -SEGV $$", "exit 139"])
def test_a_crash_names_its_signal(how: str, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="here: ended by SIGSEGV"):
        answers_elsewhere(environment("sh", "-c", how), MODELS / "tiny.tflite", images(1, seed=2))


def test_environments_are_those_that_are_set_up(tmp_path: Path) -> None:
    assert environments(tmp_path / "python", tmp_path, 4) == []
    (tmp_path / ".whole").touch()
    old, new = environments(Path(sys.executable), tmp_path, 4), environments(tmp_path / "none", tmp_path, 4)
    assert [one.name for one in old] == ["x86-64", "arm64 (qemu)", "arm64 (qemu)"]
    assert [one.suffixes for one in new] == [(".tflite", ".onnx"), (".tflite",)]
    assert {one.most_photos for one in new} == {4}
