"""Does every runtime that is installed here compute what the export wrote down? Golden photos through each of them."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from edge_app.runtime.backends import Backend, open_backend
from edge_app.runtime.backends.tflite import RUNTIMES, TfliteBackend
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.card import ModelCard
from edge_app.runtime.classifier import check_outputs
from edge_app.runtime.golden import Golden
from export.gate.runner import backend_for

# (content of the model file, threads) -> a loaded model.
Opener = Callable[[bytes, int], Backend]


@dataclass(frozen=True, kw_only=True)
class Parity:
    """One runtime against the golden logits [n, K]: the largest absolute difference, the share of equal labels."""

    backend: str
    photos: int
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
            "max_logit_difference": self.max_logit_difference,
            "agreement": self.agreement,
            "tolerance": self.tolerance,
            "within_tolerance": float(self.agrees),
        }


def parity(golden: Golden, backend: Backend, card: ModelCard) -> Parity:
    """Run every golden photo through `backend`; BackendError where its outputs are misshapen or not finite."""
    found = [backend.run(image) for image in golden.images]
    for outputs in found:
        check_outputs(outputs, card, backend.name)
    logits = np.stack([outputs.logits for outputs in found]).astype(np.float64)
    return Parity(
        backend=backend.name,
        photos=len(logits),
        max_logit_difference=float(np.max(np.abs(logits - golden.logits))),
        agreement=float(np.mean(logits.argmax(axis=1) == golden.logits.argmax(axis=1))),
        tolerance=golden.tolerance,
    )


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


def bundle_parities(
    bundle: Bundle, threads: int, announce: Callable[[str], None], openers: Mapping[str, Opener] | None = None
) -> list[Parity]:
    """`parity` for each of `openers`, by default every installed runtime; `announce` is told before each starts."""
    found = []
    for name, opener in (runtimes_for(Path(bundle.model_name).suffix) if openers is None else openers).items():
        announce(f"{bundle.path.name}: {len(bundle.golden.images)} golden photos in {name}")
        found.append(parity(bundle.golden, opened(bundle, opener, threads), bundle.card))
    return found


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
