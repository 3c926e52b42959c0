"""Two processes train what one does on the same batches: Swin, weighted losses of uneven classes, gloo."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.train import tiny_swin
from train.cli import main
from train.data.phantom_folder import write_phantoms

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 2e-6


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One run in this process, one in two processes that torchrun starts."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("two")
    write_phantoms(folder / "photos", count=9, seed=1, side_px=64)
    # Uneven classes have uneven weights, so a share normalised by itself would show.
    for number, code in enumerate(sorted(path for path in (folder / "photos").iterdir() if path.is_dir())):
        for photo in sorted(code.iterdir())[4 + number :]:
            photo.unlink()
    data = f"folder:{folder / 'photos'}"
    tiny_swin.register()
    assert main(tiny_swin.words(data, str(folder / "one"))) == 0
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*torchrun, "-m", "tests.train.tiny_swin", data, str(folder / "two")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr.count("epoch 2/2") == 1
    return folder / "one", folder / "two"


def history(run: Path) -> list[dict[str, float]]:
    rows = json.loads((run / "metrics.json").read_text("utf-8"))["history"]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def weights(run: Path, key: str) -> dict[str, Any]:
    return dict(torch.load(run / "last.ckpt", weights_only=True)[key])


@pytest.mark.slow
def test_losses_scores_and_weights_agree(runs: tuple[Path, Path]) -> None:
    one, two = runs
    for ours, theirs in zip(history(one), history(two), strict=True):
        assert ours == pytest.approx(theirs, rel=TOLERANCE)
    for key in ("state_dict", "live_weights"):
        ours, theirs = weights(one, key), weights(two, key)
        assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) < TOLERANCE
    losses = [row["train/loss"] for row in history(one)]
    assert losses[0] - losses[1] > 0.05  # there was something to agree on


@pytest.mark.slow
def test_first_process_alone_writes_and_says_how_many_there_were(runs: tuple[Path, Path]) -> None:
    one, two = runs
    listed = [
        sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file() and "tfevents" not in path.name)
        for run in runs
    ]
    assert listed[0] == listed[1]
    counts = [json.loads((run / "metrics.json").read_text("utf-8"))["provenance"]["processes"] for run in (one, two)]
    assert counts == [1, 2]
