"""The representative set: photos that show a converter what numbers flow through a model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import DataError
from edge_app.runtime.labels import Label
from export.gate.photos import PhotoSet, decode
from train.data.sample import Dataset, Sample

COUNT = 300


@dataclass(frozen=True)
class Representative:
    """Photos as the phone fits them, and the record of them that goes into the card."""

    photos: PhotoSet

    @property
    def images(self) -> np.ndarray:
        """uint8 `[N, S, S, 3]`."""
        return self.photos.images

    @property
    def record(self) -> dict[str, object]:
        """Count, SHA-256 over the pixels in order, and the spelling of the data that they came from."""
        return {"count": len(self.images), "sha256": sha256_of(self.images), "source": self.photos.name}


def representative(
    dataset: Dataset, labels: tuple[Label, ...], rule: FitRule, *, count: int = COUNT, seed: int = 0
) -> Representative:
    """`count` photos of `dataset` with classes as equal as they can be, the same ones for the same `seed`."""
    chosen = balanced(dataset.samples, count=count, seed=seed)
    return Representative(decode(dataset.subset(chosen, dataset.spec), labels, rule, "calibration"))


def balanced(samples: list[Sample], *, count: int, seed: int) -> list[Sample]:
    """`count` samples (all, where there are fewer), one class after the other in turn, at random within a class.

    A class that runs out leaves its turns to the others. One photo of a group is taken before a second of any. Every
    other turn goes through the classes backwards, so that samples of odd number are as many of each class as those of
    even number: they are the halves whose ranges are compared.
    """
    if count < 1 or not samples:
        raise DataError(f"cannot choose {count} calibration photos of {len(samples)}; give at least 1 of at least 1")
    rng = np.random.default_rng(seed)
    queues = [_queue(samples, label, rng) for label in sorted({sample.label for sample in samples})]
    longest = max(len(queue) for queue in queues)
    turns = [queue[turn] for turn in range(longest) for queue in queues[:: -1 if turn % 2 else 1] if turn < len(queue)]
    return turns[:count]


def _queue(samples: list[Sample], label: int, rng: np.random.Generator) -> list[Sample]:
    """The samples of one class in random order, those that repeat a group last."""
    mine = [sample for sample in samples if sample.label == label]
    shuffled = [mine[i] for i in rng.permutation(len(mine))]
    seen: set[str] = set()
    first: list[Sample] = []
    repeated: list[Sample] = []
    for sample in shuffled:
        (repeated if sample.group in seen else first).append(sample)
        seen.add(sample.group)
    return first + repeated


def sha256_of(images: np.ndarray) -> str:
    """SHA-256 over shape and pixels of uint8 `[N, S, S, 3]`."""
    digest = hashlib.sha256(repr(tuple(images.shape)).encode())
    for image in images:
        digest.update(np.ascontiguousarray(image).tobytes())
    return digest.hexdigest()
