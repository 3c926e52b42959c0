"""Placeholder drawn soon."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PhantomSource:
    """Which phantom: it is drawn from these four values and nothing else."""

    code: str
    index: int
    seed: int
    side_px: int


def phantom_jpeg(source: PhantomSource) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(phantom_image(source.code, source.index, source.seed, source.side_px)).save(buffer, "JPEG")
    return buffer.getvalue()


def phantom_image(code: str, index: int, seed: int, side_px: int) -> np.ndarray:
    rng = np.random.default_rng([seed, index, *code.encode()])
    return rng.integers(0, 255, (side_px, side_px, 3), dtype=np.uint8)
