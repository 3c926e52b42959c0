"""Invented findings: logits drawn at random, so that judging, writing and reporting need no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from edge_app.runtime.card import FitRule, ModelCard, Thresholds
from edge_app.runtime.labels import KNOWN, Label
from export.gate.examine import Findings, Reference
from export.gate.photos import PhotoSet
from export.gate.tolerances import Tolerances
from export.gate.verdict import judge

LABELS = tuple(KNOWN[code] for code in ("nv", "mel", "bcc"))


def photo_set(truth: np.ndarray, groups: Sequence[str] | None = None, name: str = "folder:photos@test") -> PhotoSet:
    """Photos without pixels, of the classes `truth`."""
    ids = tuple(f"photo-{i}" for i in range(len(truth)))
    named = tuple(groups) if groups is not None else ids
    return PhotoSet(
        name=name,
        ids=ids,
        images=np.zeros((len(truth), 1, 1, 3), np.uint8),
        truth=truth,
        groups=named,
        clusters=np.unique(named, return_inverse=True)[1],
        hashes=tuple(hashlib.sha256(name.encode()).hexdigest() for name in ids),
        pixels=tuple(map(" of ".join, zip(ids, named, strict=True))),
    )


def findings(
    counts: Sequence[int],
    *,
    labels: Sequence[Label] = LABELS,
    noise: float = 0.0,
    seed: int = 0,
    size_bytes: int = 1_000_000,
    tolerances: Tolerances | None = None,
) -> Findings:
    """A float model that is mostly right, and a file whose logits differ from its by normal `noise`."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(labels)), counts)
    before = rng.normal(0.0, 1.0, (len(truth), len(labels))).astype(np.float32)
    before[np.arange(len(truth)), truth] += 2.5
    after = before + rng.normal(0.0, 1.0, before.shape).astype(np.float32) * np.float32(noise)
    photos = photo_set(truth)
    reference = Reference(photos=photos, logits=before, labels=labels)
    judgement = judge(
        truth, before.argmax(axis=1), after.argmax(axis=1), photos.clusters, labels, tolerances or Tolerances()
    )
    return Findings(
        reference=reference,
        logits=after,
        judgement=judgement,
        latency_ms={"p50": 5.0, "p95": 6.0},
        size_bytes=size_bytes,
        backend="invented 1.0",
    )


def card(labels: Sequence[Label] = LABELS) -> ModelCard:
    """A card for `labels`."""
    return ModelCard(
        name="invented-3",
        version="1",
        arch="invented",
        labels=tuple(labels),
        fit=FitRule(side_px=64, resize_px=72),
        scheme="static8",
        target="tflite",
        calibration={"count": 300, "sha256": "0" * 64, "source": "run@train"},
        thresholds=Thresholds(energy_max=-1.0, confidence_min=0.3),
    )
