"""Training runs small enough for tests."""

from __future__ import annotations

from pathlib import Path

from train.cli import main

SETTINGS = (
    "model.arch=mobilevitv2_050", "model.side_px=64", "fit.epochs=2", "fit.batch_size=8", "fit.threads=1",
    "optimizer.lr=1e-3", "sampler.epoch_multiplier=0.5", "fit.accelerator=cpu",
)  # fmt: skip


def train(data: str, out: Path, *more: str, settings: tuple[str, ...] = ()) -> int:
    """Exit code of a tiny training run from random weights."""
    sets = [word for setting in (*SETTINGS, *settings) for word in ("--set", setting)]
    recipe = ["--recipe", "mobilevitv2_100_dual_weighted", "--init", "none"]
    return main([*recipe, "--data", data, "--out", str(out), *sets, *more])
