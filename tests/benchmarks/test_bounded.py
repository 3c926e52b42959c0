from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import adb, app_command, cold_starts, elsewhere, fresh_run
from benchmarks.bounded import bounded
from edge_app.runtime.errors import BackendError
from edge_app.ui.shelf import BUILT_IN, BUILT_IN_KEY
from tests.contracts.tiny_model import MODELS, images

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


def test_what_takes_too_long_is_killed_and_said_in_one_line() -> None:
    with pytest.raises(BackendError) as raised:
        bounded("the sleeper", SLEEP, timeout_s=0.2, next_step="wake it")
    assert str(raised.value) == "the sleeper was given up after 0.2 s without an end; wake it"


def test_what_ends_is_kept_however_it_ends() -> None:
    program = "import sys; print('out'); sys.stderr.write('why'); sys.exit(3)"
    done = bounded("it", [sys.executable, "-c", program], timeout_s=60, next_step="")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (3, "out", "why")


def test_a_phone_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adb, "TIMEOUT_S", 0.2)
    with pytest.raises(BackendError, match=r"^adb shell ls was given up after 0.2 s .* check the cable"):
        adb.Phone(("sh", "-c", "exec sleep 60")).shell("ls")


def test_fresh_processes_are_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in (fresh_run, cold_starts, app_command):
        monkeypatch.setattr(module, "TIMEOUT_S", 0.01)
    with pytest.raises(BackendError, match=r"^a fresh process with .*tiny.tflite was given up after 0.01 s"):
        fresh_run.fresh_run(MODELS / "tiny.tflite", 1)
    with pytest.raises(BackendError, match=r"^a cold start of .* was given up after 0.01 s"):
        cold_starts.cold_start(tmp_path, tmp_path / "photo.jpg", 1, [])
    with pytest.raises(BackendError, match=r"^the app was given up after 0.01 s"):
        app_command.measured(BUILT_IN, BUILT_IN_KEY, 1)


def test_a_runtime_elsewhere_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "TIMEOUT_S", 0.2)
    place = elsewhere.Environment(
        runtime="a runtime", place="there", command=("sh", "-c", "exec sleep 60"), path=(), suffixes=(".tflite",),
        most_photos=1,
    )  # fmt: skip
    says = r"^tiny.tflite with 1 photos in a runtime, there was given up after 0.2 s .* --arm64-count"
    with pytest.raises(BackendError, match=says):
        elsewhere.answers_elsewhere(place, MODELS / "tiny.tflite", images(1, seed=2))
