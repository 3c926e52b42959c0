"""Trains a tiny Swin in one process and in two that torchrun starts, and compares losses, scores and weights.

python -m tests.train.two_processes --out FOLDER

Prints one JSON object; with it, as a control, the same comparison for a loop that normalises each share by itself.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch

from tests.train import tiny_swin
from train.cli import main
from train.data.phantom_folder import write_phantoms
from train.provenance import provenance

ROOT = Path(__file__).resolve().parents[2]
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
COUNTED = {"epoch", "val/weighted_f1", "val/macro_f1", "val/balanced_accuracy", "val/accuracy", "train/accuracy"}


def photos(folder: Path) -> str:
    """Phantoms of uneven classes: their weights are uneven, so a share that is normalised by itself shows."""
    write_phantoms(folder / "photos", count=9, seed=1, side_px=64)
    for number, code in enumerate(sorted(path for path in (folder / "photos").iterdir() if path.is_dir())):
        for photo in sorted(code.iterdir())[4 + number :]:
            photo.unlink()
    return f"folder:{folder / 'photos'}"


def train_alone(data: str, out: Path) -> None:
    """The run in this process."""
    torch.set_num_threads(1)
    tiny_swin.register()
    with redirect_stdout(sys.stderr):
        code = main(tiny_swin.words(data, str(out)))
    if code != 0:
        raise RuntimeError(f"the run in {out} failed")


def train_in_two(data: str, out: Path, *more: str) -> str:
    """The run in two processes; returns what they said."""
    command = [sys.executable, *TORCHRUN, "-m", "tests.train.tiny_swin", data, str(out), *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-3000:])
    return done.stderr


def differences(one: Path, two: Path) -> dict[str, Any]:
    """Largest differences of losses and weights; whether every figure that is a count over a count is the same."""
    histories = [json.loads((run / "metrics.json").read_text("utf-8"))["history"] for run in (one, two)]
    rows = list(zip(*histories, strict=True))
    states = [torch.load(run / "last.ckpt", weights_only=True) for run in (one, two)]
    found: dict[str, Any] = {
        name: max(abs(a[name] - b[name]) for a, b in rows) for name in ("train/loss", "val/loss", "lr")
    }
    for key in ("state_dict", "live_weights"):
        ours, theirs = states[0][key], states[1][key]
        found[key] = max(float((ours[name] - theirs[name]).abs().max()) for name in ours)
    found["same_scores"] = all(a[name] == b[name] for a, b in rows for name in COUNTED)
    found["epochs"] = len(rows)
    return found


def fall(run: Path) -> float:
    """By how much the training loss fell."""
    losses = [row["train/loss"] for row in json.loads((run / "metrics.json").read_text("utf-8"))["history"]]
    return float(losses[0] - losses[-1])


def measured(folder: Path) -> dict[str, Any]:
    """Both comparisons, and where they come from."""
    data = photos(folder)
    train_alone(data, folder / "one")
    train_in_two(data, folder / "two")
    train_in_two(data, folder / "careless", "by-itself")
    return {
        "shared": differences(folder / "one", folder / "two"),
        "by_itself": differences(folder / "one", folder / "careless"),
        "fall": fall(folder / "one"),
        "provenance": provenance(["python", "-m", "tests.train.two_processes"], "cpu"),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train in one process and in two, compare.")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True)
    print(json.dumps(measured(given.out)))
