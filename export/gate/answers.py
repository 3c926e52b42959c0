"""Logits of the float model and of an exported file for the same pixels."""

from __future__ import annotations

import numpy as np
import torch

from edge_app.runtime.classifier import Classifier
from export.progress import track
from train.checkpoint import TrainedModel

BATCH = 16


def float_logits(trained: TrainedModel, images: np.ndarray, what: str) -> np.ndarray:
    """Logits float32 [N, K] of the float model, before any temperature, for `images` uint8 [N, S, S, 3]."""
    mean, std = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (trained.mean, trained.std))
    rows = []
    with torch.inference_mode():
        for start in track(range(0, len(images), BATCH), f"float model on {what} photos"):
            pixels = torch.from_numpy(np.ascontiguousarray(images[start : start + BATCH]))
            normalised = (pixels.permute(0, 3, 1, 2).float() / 255.0 - mean) / std
            rows.append(trained.module(normalised).numpy())
    return np.concatenate(rows).astype(np.float32)


def exported_logits(classifier: Classifier, images: np.ndarray, what: str) -> np.ndarray:
    """Logits float32 [N, K] of the file as the phone would run it, for `images` uint8 [N, S, S, 3]."""
    scheme = classifier.card.scheme
    rows = [classifier.outputs(images[i]).logits for i in track(range(len(images)), f"{scheme} file on {what} photos")]
    return np.stack(rows).astype(np.float32)
