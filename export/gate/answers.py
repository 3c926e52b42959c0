"""Logits of the float model and of an exported file for the same pixels."""

from __future__ import annotations

import numpy as np

from edge_app.runtime.classifier import Classifier
from export.progress import track
from train.checkpoint import TrainedModel
from train.evaluate.answers import logits_of

# Of 1 to 32, the fastest or within a tenth of it for MobileViTv2, MobileNetV2 and Swin-Tiny.
BATCH = 8


def float_logits(trained: TrainedModel, images: np.ndarray, what: str) -> np.ndarray:
    """Logits float32 [N, K] of the float model, before any temperature, for `images` uint8 [N, S, S, 3]."""
    starts = range(0, len(images), BATCH)
    rows = [logits_of(trained, images[i : i + BATCH]) for i in track(starts, f"float model on {what} photos")]
    return np.concatenate(rows).astype(np.float32)


def exported_logits(classifier: Classifier, images: np.ndarray, what: str) -> np.ndarray:
    """Logits float32 [N, K] of the file as the phone would run it, for `images` uint8 [N, S, S, 3]."""
    scheme = classifier.card.scheme
    rows = [classifier.outputs(images[i]).logits for i in track(range(len(images)), f"{scheme} file on {what} photos")]
    return np.stack(rows).astype(np.float32)
