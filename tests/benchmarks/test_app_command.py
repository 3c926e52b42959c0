from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from benchmarks import app_command
from benchmarks.cli import main
from edge_app.ui.shelf import BUILT_IN, BUILT_IN_KEY


def test_bundle_without_its_key_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--bundle", str(BUILT_IN)]) == 2
    assert "belong together" in capsys.readouterr().err


def test_rounds_below_one_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--rounds", "0"]) == 2
    assert "--rounds is 0" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(
    not (os.environ.get("DISPLAY") or shutil.which("xvfb-run")), reason="no display: .ci/install-display"
)
def test_app_is_measured_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        app_command, "large_photo", lambda: (BUILT_IN.parents[1] / "samples/phantom-1.jpg").read_bytes()
    )
    found = app_command.measured(BUILT_IN, BUILT_IN_KEY, 1)
    assert set(app_command.GOALS) <= set(found)
    assert found["photo_to_result_p50_ms"] == pytest.approx(found["import_p50_ms"] + found["tap_to_result_p50_ms"])
    assert 30 < found["peak_memory_mb"] < 2000
    assert found["longest_frame_ms"] > 0
