from __future__ import annotations

import platform
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.elsewhere import QEMU, Environment, answers_elsewhere, environments
from edge_app.runtime.errors import BackendError
from tests.contracts.tiny_model import MODELS, expected, images


def environment(*command: str) -> Environment:
    return Environment(
        runtime="a runtime", place="here", command=command, path=(), suffixes=(".tflite",), most_photos=9
    )


def test_another_python_answers_for_photos() -> None:
    photos = images(3, seed=2)
    runtime, logits = answers_elsewhere(environment(sys.executable), MODELS / "tiny.tflite", photos)
    assert runtime.startswith("ai_edge_litert ")
    assert runtime.endswith(", here")
    assert logits == pytest.approx(np.stack([expected(photo).logits for photo in photos]), abs=1e-4)


def test_a_runtime_that_refuses_is_quoted(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    with pytest.raises(BackendError, match=r"BackendError: .* refuses model"):
        answers_elsewhere(environment(sys.executable), broken, images(1, seed=2))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("kill -SEGV $$", "ended by SIGSEGV"),
        ("exit 139", "ended by SIGSEGV"),
        ("exit 255", "no message, exit code 255"),
        ("echo why >&2; exit 255", "why"),
    ],
)
def test_a_crash_names_its_signal_or_its_last_line(how: str, says: str) -> None:
    with pytest.raises(BackendError, match=f"^{says}$"):
        answers_elsewhere(environment("sh", "-c", how), MODELS / "tiny.tflite", images(1, seed=2))


def test_environments_are_those_that_are_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".whole").touch()
    (tmp_path / QEMU).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (old, *arm64), missing = environments(Path(sys.executable), tmp_path, 4)
    assert old.name == f"tflite-runtime 2.14, {platform.machine()}"
    assert [one.name for one in arm64] == [
        "ai-edge-litert, arm64 (qemu cortex-a76)",
        "ONNX Runtime, arm64 (qemu cortex-a76)",
        "tflite-runtime 2.14, arm64 (qemu cortex-a53)",
    ]
    assert [one.suffixes for one in arm64] == [(".tflite",), (".onnx",), (".tflite",)]
    assert {one.most_photos for one in arm64} == {4}
    assert missing == []


@pytest.mark.parametrize("has_folder", [True, False])
def test_what_is_not_set_up_is_said_with_what_sets_it_up(
    has_folder: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if has_folder:
        (tmp_path / ".whole").touch()
    found, missing = environments(tmp_path / "python", tmp_path, 4)
    assert found == []
    assert missing == [
        f"tflite-runtime 2.14 is left out: there is no {tmp_path}/python; set it up with: make old-runtime",
        f"arm64 is left out: {tmp_path} or {QEMU} is missing; set them up with: benchmarks/arm64/setup.sh {tmp_path}",
    ]


def test_no_photos_for_arm64_leave_it_out_without_a_word(tmp_path: Path) -> None:
    assert environments(Path(sys.executable), tmp_path, 0)[1] == []
