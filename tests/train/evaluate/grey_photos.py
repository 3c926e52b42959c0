"""A subject that answers by the grey of a photo, and photos whose greys say what it will answer.

With it, every figure of an evaluation is known beforehand.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from edge_app.runtime.card import FitRule, Thresholds
from edge_app.runtime.labels import Label, label
from train.checkpoint import TrainedModel

SIDE_PX = 16
STEP = 30


@dataclass(frozen=True)
class GreySubject:
    """Answers class k with logit `sure` where the photo's grey is 15 + 30 k; the map is the photo's left half."""

    codes: tuple[str, ...]
    sure: float = 4.0
    run: TrainedModel | None = None
    thresholds: Thresholds | None = None
    name: str = "grey"
    map_kind: str = "left half"

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(label(code) for code in self.codes)

    @property
    def fit(self) -> FitRule:
        return FitRule(side_px=SIDE_PX, resize_px=SIDE_PX)

    def facts(self) -> dict[str, Any]:
        return {"kind": "checkpoint", "name": "grey.ckpt", "arch": "grey", "sha256": "0" * 64, "side_px": SIDE_PX,
                "resize_px": SIDE_PX, "training_data": "none", "licence": "MIT"}  # fmt: skip

    def logits(self, images: np.ndarray) -> np.ndarray:
        answers = np.clip(images.mean((1, 2, 3)) // STEP, 0, len(self.codes) - 1).astype(int)
        return (np.eye(len(self.codes))[answers] * self.sure).astype(np.float32)

    def maps(self, images: np.ndarray, classes: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
        maps = np.zeros((len(images), 4, 4), np.float32)
        maps[:, :, :2] = 1.0
        return self.logits(images), maps


@dataclass(frozen=True)
class Photo:
    """One photo: its class, the place of the answer that its grey asks for, and what the table says of it."""

    truth: str
    answer: int
    lesion: str = ""
    sex: str = "male"
    age: str = "50.0"
    site: str = "back"


def write_ham(folder: Path, photos: Sequence[Photo], first: int = 0) -> str:
    """HAM10000's layout; the spelling of the data. No two photos are the same file, their ids start at `first`."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for i, one in enumerate(photos, start=first):
        pixels = np.full((SIDE_PX, SIDE_PX, 3), one.answer * STEP + STEP // 2, np.uint8)
        # The comment tells the files apart and leaves the pixels as they are.
        Image.fromarray(pixels).save(folder / "images" / f"P{i:04d}.jpg", quality=100, comment=str(i).encode())
        rows.append([one.lesion or f"L{i:04d}", f"P{i:04d}", one.truth, "histo", one.age, one.sex, one.site])
    with (folder / "HAM10000_metadata.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"], *rows])
    return f"ham10000:{folder}"
