"""Run one exported file against the float answers and gather everything that is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.runtime.classifier import Classifier
from edge_app.runtime.labels import Label
from edge_app.runtime.timing import measure, summary
from export.gate.answers import exported_logits
from export.gate.photos import PhotoSet
from export.gate.tolerances import Tolerances
from export.gate.verdict import Judgement, judge

WARMUP_RUNS = 3
TIMED_RUNS = 20


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Photos and what the float model says of them: `logits` float32 [N, K], divided by the temperature."""

    photos: PhotoSet
    logits: np.ndarray
    labels: Sequence[Label]

    @property
    def answers(self) -> np.ndarray:
        """The float model's labels, int [N]."""
        return np.asarray(self.logits.argmax(axis=1))


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What one file did on a reference: `logits` float32 [N, K] are its own.

    Of several runs pooled (export/gate/pooled.py) `folds` are the parts, and time, size and backend the first one's.
    """

    reference: Reference
    logits: np.ndarray
    judgement: Judgement
    latency_ms: dict[str, float]
    size_bytes: int
    backend: str
    folds: tuple[Fold, ...] = ()

    @property
    def answers(self) -> np.ndarray:
        """The file's labels, int [N]."""
        return np.asarray(self.logits.argmax(axis=1))

    @property
    def agreement(self) -> float:
        """Share of photos with the float model's answer."""
        return float(np.mean(self.answers == self.reference.answers))

    @property
    def max_logit_difference(self) -> float:
        """Largest absolute difference between the file's logits and the float model's."""
        return float(np.max(np.abs(self.logits.astype(np.float64) - self.reference.logits)))


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One run of a cross-validation: its fold's `number` of `count`, and its file's findings on that fold's photos."""

    number: int
    count: int
    checkpoint_sha256: str
    findings: Findings


def examine(classifier: Classifier, model: Path, reference: Reference, tolerances: Tolerances, what: str) -> Findings:
    """Run the file `model`, opened as `classifier`, on the reference's photos (called `what`) and judge it."""
    photos = reference.photos
    latency_ms = summary(measure(lambda: classifier.outputs(photos.images[0]), WARMUP_RUNS, TIMED_RUNS))
    logits = exported_logits(classifier, photos.images, what)
    judgement = judge(
        photos.truth, reference.answers, logits.argmax(axis=1), photos.clusters, reference.labels, tolerances
    )
    return Findings(
        reference=reference,
        logits=logits,
        judgement=judgement,
        latency_ms=latency_ms,
        size_bytes=size_of(model),
        backend=classifier.backend_name,
    )


def size_of(model: Path) -> int:
    """Bytes of a model file, or of all files of a model folder."""
    if model.is_dir():
        return sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
    return model.stat().st_size
