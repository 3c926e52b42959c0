"""Figures of the tasks beside the disease: the body part and the attributes, of photos whose label is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from edge_app.runtime import photo
from train.checkpoint import TrainedModel
from train.data.sample import Sample, photo_of
from train.data.task_labels import UNKNOWN, task_labels
from train.evaluate.answers import BATCH_SIZE, normalised
from train.evaluate.metrics import balanced_accuracy, confusion, f1


def task_figures(trained: TrainedModel, samples: list[Sample]) -> dict[str, Any]:
    """Accuracy, balanced accuracy, macro F1 and count of the body part and of each attribute; {} without such tasks."""
    parts, attributes = (list(trained.structure.get(name, ())) for name in ("body_parts", "attributes"))
    if not parts and not attributes:
        return {}
    answers, labels = answers_of(trained, samples), task_labels(samples, trained.structure)
    found: dict[str, Any] = {}
    if parts:
        found["body part"] = figures_of(labels[:, 0], answers["body_part"].argmax(1), len(parts))
    for k, name in enumerate(attributes):
        said = (answers["attributes"][:, k] > 0).astype(np.int64)
        found[name] = figures_of(labels[:, labels.shape[1] - len(attributes) + k], said, 2)
    return found


def answers_of(trained: TrainedModel, samples: list[Sample]) -> dict[str, np.ndarray]:
    """What the network says of all its tasks: float32 [N, outputs] each."""
    rows: list[dict[str, np.ndarray]] = []
    for start in range(0, len(samples), BATCH_SIZE):
        some = samples[start : start + BATCH_SIZE]
        images = np.stack([photo.fit(photo_of(s, trained.fit.resize_px), trained.fit) for s in some])
        with torch.inference_mode():
            said = trained.module.answers(normalised(trained, images))
        rows.append({name: values.float().numpy() for name, values in said.items()})
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def figures_of(truth: np.ndarray, said: np.ndarray, classes: int) -> dict[str, float | int | None]:
    """Figures over the known labels; None where there is none."""
    known = truth != UNKNOWN
    if not known.any():
        return {"photos": 0, "accuracy": None, "balanced_accuracy": None, "macro_f1": None}
    matrix = confusion(truth[known], said[known], classes)
    return {"photos": int(known.sum()), "accuracy": float(np.trace(matrix) / matrix.sum()),
            "balanced_accuracy": balanced_accuracy(matrix), "macro_f1": f1(matrix, "macro")}  # fmt: skip
