"""A run that is killed again and again ends like one that nobody disturbed, to the bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = 3


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked")
def test_killed_runs_resume_to_the_same_figures_weights_and_optimizer(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.train.kill_and_resume", "--runs", str(RUNS), "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["epochs"] >= 3
    assert [run["same"] for run in found["runs"]] == [True] * RUNS
    assert [run["left_behind"] for run in found["runs"]] == [0] * RUNS
    first = [run["kills"][0] for run in found["runs"][:2]]
    assert [kill["kind"] for kill in first] == ["bytes", "rename"]
    # A write that was cut left its half file, never half a checkpoint (which epochs_in could not have read).
    assert [kill["half_files"] for kill in first] == [1, 1]
