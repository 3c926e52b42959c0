"""What a finished run leaves beside its checkpoints: metrics.json and plots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime import photo
from train.checkpoint import TrainedModel, load_checkpoint, write_text
from train.data.sample import Dataset, Sample, photo_of
from train.data.splits import TITLES, Splits
from train.evaluate import attention, grad_cam, plots
from train.evaluate.answers import float_logits
from train.evaluate.metrics import figures
from train.evaluate.tasks import task_figures

GALLERY_PHOTOS = 16


def report(
    out: Path, dataset: Dataset, splits: Splits, history: list[dict[str, float]], weights: np.ndarray,
    facts: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Evaluate best.ckpt on all three splits; write metrics.json and the pictures in plots/."""
    trained = load_checkpoint(out / "best.ckpt")
    folder = out / "plots"
    folder.mkdir(exist_ok=True)
    codes = [label.code for label in trained.labels]
    results = {}
    for name, samples in splits.named().items():
        logits = float_logits(trained, dataset.subset(samples, name))
        results[name] = figures(np.array([s.label for s in samples]), logits, codes)
        title = f"{TITLES[name]}: accuracy {results[name]['accuracy']:.3f}"
        matrix = np.array(results[name]["confusion"])
        plots.confusion_matrix(matrix, codes, title, folder / f"confusion_{TITLES[name]}.png")
    plots.learning_curves(history, folder / "learning_curves.png")
    counts = np.bincount([s.label for s in splits.train], minlength=len(codes))
    plots.class_weights(counts, weights, codes, folder / "class_weights.png")
    show_maps(trained, splits.test, folder)
    for name, samples in splits.named().items():
        tasks = task_figures(trained, samples)
        results[name] |= {"tasks": tasks} if tasks else {}
    metrics = {"val": results["val"], "test": results["test"], "train": results["train"], "history": history,
               "provenance": facts}  # fmt: skip
    write_text(out / "metrics.json", json.dumps(metrics, indent=2) + "\n")
    return metrics


def show_maps(trained: TrainedModel, samples: list[Sample], folder: Path) -> None:
    """Grad-CAM of the first test photos of every class in turn, and what a network with attention looks at."""
    chosen = in_turn(samples)[:GALLERY_PHOTOS]
    images = np.stack([photo.fit(photo_of(s, trained.fit.resize_px), trained.fit) for s in chosen])
    labels = np.array([s.label for s in chosen])
    grad_cam.gallery(trained, images, labels, folder / "grad_cam.png")
    if hasattr(trained.module, "looks"):
        attention.draw_attention(trained, images, labels, folder / "attention.png")


def in_turn(samples: list[Sample]) -> list[Sample]:
    """Samples ordered so that every class comes once before any comes twice."""
    seen: dict[int, int] = {}
    turns = []
    for sample in samples:
        turns.append((seen.get(sample.label, 0), sample.label, sample))
        seen[sample.label] = seen.get(sample.label, 0) + 1
    return [sample for _, _, sample in sorted(turns, key=lambda item: item[:2])]
