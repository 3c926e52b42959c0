"""Does a runtime compute what the export wrote down? Golden photos, and every runtime that is installed here."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from edge_app.runtime.backends import Backend, open_backend
from edge_app.runtime.backends.tflite import RUNTIMES, TfliteBackend
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.golden import Golden
from edge_app.runtime.timing import BenchmarkRow
from export.gate.runner import backend_for

BENCHMARK = "parity"
# (content of the model file, threads) -> a loaded model.
Opener = Callable[[bytes, int], Backend]


@dataclass(frozen=True, kw_only=True)
class Parity:
    """One runtime against the golden logits: the largest absolute difference, the share of equal labels.

    `photos` of the bundle's `golden_photos` were asked for.
    """

    backend: str
    photos: int
    golden_photos: int
    max_logit_difference: float
    agreement: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Within the bundle's tolerance."""
        return self.max_logit_difference <= self.tolerance

    def metrics(self) -> dict[str, float]:
        """Figures of a benchmark row."""
        return {
            "photos": float(self.photos),
            "golden_photos": float(self.golden_photos),
            "max_logit_difference": self.max_logit_difference,
            "agreement": self.agreement,
            "tolerance": self.tolerance,
            "within_tolerance": float(self.agrees),
        }


def parity(golden: Golden, backend: str, logits: np.ndarray) -> Parity:
    """What `backend` answered, logits [n, K], for the first n golden photos."""
    expected = golden.logits[: len(logits)]
    return Parity(
        backend=backend,
        photos=len(logits),
        golden_photos=len(golden.logits),
        max_logit_difference=float(np.max(np.abs(logits.astype(np.float64) - expected))),
        agreement=float(np.mean(logits.argmax(axis=1) == expected.argmax(axis=1))),
        tolerance=golden.tolerance,
    )


def verdict(row: BenchmarkRow) -> str:
    """Of a row about golden photos."""
    if "failed" in row.provenance:
        return "FAILED"
    return "agrees" if row.metrics["within_tolerance"] else "DIFFERS"


def runtimes_for(suffix: str) -> dict[str, Opener]:
    """Every installed runtime that reads model files with `suffix`: name -> opener of (content, threads).

    A model that is a folder has no content; `opened` takes its files, in the project's executor but on a Mac.
    """
    if suffix != ".tflite":
        return {suffix: lambda content, threads: open_backend(Path(f"model{suffix}"), threads, content=content)}
    return {
        module.partition(".interpreter")[0]: tflite_opener(module, distributions)
        for module, distributions in RUNTIMES
        if any(map(is_installed, distributions))
    }


def tflite_opener(module: str, distributions: tuple[str, ...]) -> Opener:
    """Opens a .tflite file with that interpreter and no other."""
    return lambda content, threads: TfliteBackend(content, threads=threads, runtimes=((module, distributions),))


def is_installed(distribution: str) -> bool:
    """Whether the distribution's metadata is there; asking does not import it."""
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def opened(bundle: Bundle, opener: Opener, threads: int) -> Backend:
    """The bundle's model in one runtime; a model that is a folder in the one that the gate takes."""
    content = bundle.model_content
    if content is not None:
        with warnings.catch_warnings():
            # TensorFlow's interpreter says at length that it is on its way out.
            warnings.filterwarnings("ignore", message=r"\s*Warning: tf\.lite\.Interpreter is deprecated")
            return opener(content, threads)
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
        return backend_for(bundle.extract_model(Path(folder)), bundle.card.scheme, threads)
