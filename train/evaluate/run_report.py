"""What a finished run leaves beside its checkpoints: metrics.json and plots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from train.checkpoint import load_checkpoint, write_text
from train.data.sample import Dataset
from train.data.splits import Splits
from train.evaluate.answers import float_logits
from train.evaluate.metrics import figures


def report(
    out: Path, dataset: Dataset, splits: Splits, history: list[dict[str, float]], facts: dict[str, Any]
) -> dict[str, Any]:
    """Evaluate best.ckpt on all three splits and write metrics.json."""
    trained = load_checkpoint(out / "best.ckpt")
    codes = [label.code for label in trained.labels]
    results = {}
    for name, samples in splits.named().items():
        logits = float_logits(trained, dataset.subset(samples, name))
        results[name] = figures(np.array([s.label for s in samples]), logits, codes)
    metrics = {"val": results["val"], "test": results["test"], "history": history, "provenance": facts}
    write_text(out / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    return metrics
