"""Test-time augmentation: the eight ways to turn and mirror a square photo, their probabilities averaged.

A lesion has no upright side, so all eight are photos that could have been taken; no pixel is interpolated. The mean of
probabilities (not of logits) is what a committee of eight readers would say. It costs eight times the work and is a
reference for what the weights can do, not what the phone does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from train.evaluate.metrics import softmax

VIEWS = 8
FLOOR = 1e-12


def views(images: np.ndarray) -> Iterator[np.ndarray]:
    """The four quarter turns of `images` uint8 [B, S, S, 3] and of their mirror images; the first is as it was."""
    for mirrored in (images, images[:, :, ::-1]):
        for turns in range(4):
            yield np.ascontiguousarray(np.rot90(mirrored, turns, axes=(1, 2)))


def averaged(logits: list[np.ndarray]) -> np.ndarray:
    """The log of the mean probabilities of the views' logits [B, K] each: float32 [B, K]."""
    mean = np.mean([softmax(view) for view in logits], axis=0)
    return np.log(np.maximum(mean, FLOOR)).astype(np.float32)
