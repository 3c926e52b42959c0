"""A model small enough to be computed by hand: what every backend's tiny model file has to compute.

image uint8 [1, 32, 32, 3] -> x = image / 127.5 - 1 -> means of 8x8 cells [4, 4, 3] -> cam = cells @ WEIGHTS + BIAS
-> logits = mean of cam over the cells.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from edge_app.runtime.backends import Outputs
from edge_app.runtime.card import FitRule, ModelCard, Thresholds
from edge_app.runtime.labels import label

SIDE_PX = 32
CELL_PX = 8
CODES = ("mel", "nv", "bkl", "vasc")
WEIGHTS = np.array([[4.0, -2.0, 0.5, 0.0], [-1.0, 3.0, 0.25, -2.0], [0.0, 1.0, -3.0, 2.5]], dtype=np.float32)
BIAS = np.array([0.5, -0.25, 0.0, 0.125], dtype=np.float32)
MODELS = Path(__file__).parent / "models"


def expected(image: np.ndarray) -> Outputs:
    """What the model says of `image` uint8 [32, 32, 3], computed by numpy."""
    cells = SIDE_PX // CELL_PX
    x = image.astype(np.float64) / 127.5 - 1.0
    means = x.reshape(cells, CELL_PX, cells, CELL_PX, 3).mean(axis=(1, 3))
    cam = means @ WEIGHTS.astype(np.float64) + BIAS
    return Outputs(cam.mean(axis=(0, 1)).astype(np.float32), cam.astype(np.float32))


def images(count: int, seed: int) -> np.ndarray:
    """uint8 [count, 32, 32, 3]: smooth colours and noise, so that logits differ between them."""
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 256, size=(count, 1, 1, 3))
    return np.clip(base + rng.integers(-40, 41, size=(count, SIDE_PX, SIDE_PX, 3)), 0, 255).astype(np.uint8)


def card(thresholds: Thresholds | None = None, target: str = "tflite") -> ModelCard:
    """The tiny model's card."""
    return ModelCard(
        name="tiny",
        version="1.0",
        arch="tiny",
        labels=tuple(label(code) for code in CODES),
        fit=FitRule(side_px=SIDE_PX, resize_px=36),
        scheme="fp32",
        target=target,
        thresholds=thresholds,
        training_data="none",
        intended_use="tests",
    )


def golden_bytes(tolerance: float = 1e-3, count: int = 2, seed: int = 5) -> bytes:
    """golden.npz with the right answers."""
    photos = images(count, seed)
    outputs = [expected(photo) for photo in photos]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        images=photos,
        logits=np.stack([o.logits for o in outputs]),
        cam=np.stack([o.cam for o in outputs if o.cam is not None]),
        tolerance=np.float32(tolerance),
    )
    return buffer.getvalue()
