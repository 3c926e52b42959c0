"""CoreML packages on the MIL executor: ops covered, seconds a photo, what float16 does to the numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.runtime import photo
from edge_app.runtime.card import FitRule
from edge_app.runtime.timing import measure, percentile
from export.mil.backend import MilBackend, open_mil_backend
from export.mil.ops import OPS
from train.data.phantom import PhantomSource, phantom_jpeg

PHOTOS = 4
PHANTOM_SIDE_PX, PHANTOM_SEED = 320, 71
WARMUP_RUNS, TIMED_RUNS = 1, 5


@dataclass(frozen=True, kw_only=True)
class Precision:
    """One file in one precision: seconds for a photo (median), and logits float64 [N, K]."""

    seconds: float
    logits: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Examination:
    """One file: how often each op occurs (constants apart), ops that run for a photo, both precisions, notes."""

    path: Path
    side_px: int
    ops: dict[str, int]
    steps: int
    fp32: Precision
    fp16: Precision
    notes: tuple[str, ...]

    @property
    def fp16_difference(self) -> float:
        """Largest difference of a logit between the precisions."""
        return float(np.abs(self.fp16.logits - self.fp32.logits).max())


def examine(path: Path) -> Examination:
    """Run phantoms through the package in both precisions; BackendError for an op that the executor does not know."""
    full, half = open_mil_backend(path, "fp32"), open_mil_backend(path, "fp16")
    images = phantoms(full.side_px)
    found = [run(backend, images) for backend in (full, half)]
    operations = full.executor.saved.function.operations
    return Examination(
        path=path,
        side_px=full.side_px,
        ops=dict(Counter(one.op_type for one in operations if one.op_type != "const").most_common()),
        steps=full.executor.step_count,
        fp32=found[0],
        fp16=found[1],
        notes=tuple(half.numeric_notes()),
    )


def run(backend: MilBackend, images: np.ndarray) -> Precision:
    """Time one photo, answer all."""
    ms = measure(lambda: backend.run(images[0]), WARMUP_RUNS, TIMED_RUNS)
    logits = np.stack([backend.run(image).logits for image in images]).astype(np.float64)
    return Precision(seconds=percentile(ms, 50) / 1e3, logits=logits)


def phantoms(side_px: int) -> np.ndarray:
    """Generated lesions as the file takes them: uint8 [N, S, S, 3]."""
    rule = FitRule(side_px=side_px, resize_px=side_px)
    sources = [PhantomSource("nv", index, PHANTOM_SEED, PHANTOM_SIDE_PX) for index in range(PHOTOS)]
    return np.stack([photo.fit(photo.load(phantom_jpeg(source), side_px), rule) for source in sources])


def known_ops() -> tuple[str, ...]:
    """Every op that the executor runs, in alphabetical order."""
    return tuple(sorted(OPS))
