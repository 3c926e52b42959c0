"""Photos decoded once and kept as uint8, so that an epoch never waits for a decoder."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from train.data.sample import Sample, photo_of
from train.progress import track

WORK_FACTOR_MAX = 2.0


@dataclass(frozen=True)
class WorkPixels:
    """Training photos squashed to a square for augmentation: uint8 [N, 3, W, W], and width / height of each [N]."""

    photos: np.ndarray
    aspects: np.ndarray


def work_side_px(side_px: int, scale_min: float) -> int:
    """Side at which the smallest random crop still has `side_px` pixels, at most twice that."""
    return math.ceil(side_px * min(1.0 / math.sqrt(scale_min), WORK_FACTOR_MAX))


def decode_for_training(samples: list[Sample], rule: FitRule, work_px: int) -> WorkPixels:
    """Decode every training photo once, as the phone decodes it; DataError names an unreadable file."""
    photos = np.empty((len(samples), 3, work_px, work_px), np.uint8)
    aspects = np.empty(len(samples))
    for i, sample in enumerate(track(samples, "decode training photos")):
        pixels = photo_of(sample, rule.resize_px)
        aspects[i] = pixels.shape[1] / pixels.shape[0]
        squashed = Image.fromarray(pixels).resize((work_px, work_px), Image.Resampling.BILINEAR)
        photos[i] = np.asarray(squashed).transpose(2, 0, 1)
    return WorkPixels(photos, aspects)


def decode_for_model(samples: Iterable[Sample], rule: FitRule, what: str) -> np.ndarray:
    """Photos exactly as the phone fits them: uint8 [N, 3, S, S]."""
    listed = list(samples)
    fitted = np.empty((len(listed), 3, rule.side_px, rule.side_px), np.uint8)
    for i, sample in enumerate(track(listed, f"decode {what} photos")):
        fitted[i] = photo.fit(photo_of(sample, rule.resize_px), rule).transpose(2, 0, 1)
    return fitted
