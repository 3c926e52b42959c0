"""Who runs a file for the gate: the phone's own runtime where this machine has it, else what stands in for it."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np

from edge_app.runtime.backends import Backend, Outputs, open_backend
from edge_app.runtime.card import ModelCard
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BackendError
from export.targets.quiet import noise_kept_aside
from export.unforeseen import unforeseen_as

COREML_SUFFIX = ".mlpackage"
# Core ML computes these in float32 everywhere; all others in float16 on GPU and Neural Engine.
FULL_PRECISION = ("fp32",)


def open_model(model: Path, card: ModelCard, threads: int) -> Classifier:
    """The bare file `model` as a classifier; nothing is verified. BackendError where no runtime takes it.

    Whatever else the runtime raises, now or on a photo, is a BackendError, too.
    """
    with unforeseen_as(BackendError):
        return Classifier(Watched(backend_for(model, card.scheme, threads)), card)


class Watched:
    """A runtime that fails by BackendErrors alone."""

    def __init__(self, backend: Backend) -> None:
        self.backend, self.name = backend, backend.name

    def run(self, image: np.ndarray) -> Outputs:
        """See `Backend`."""
        with unforeseen_as(BackendError):
            return self.backend.run(image)


def backend_for(model: Path, scheme: str, threads: int) -> Backend:
    """The runtime of the file's suffix; for CoreML anywhere but on a Mac the project's own executor.

    What runtimes log as they start is kept aside.
    """
    with noise_kept_aside():
        return opened(model, scheme, threads)


def opened(model: Path, scheme: str, threads: int) -> Backend:
    """See `backend_for`."""
    if model.suffix == COREML_SUFFIX and platform.system() != "Darwin":
        from export.mil.backend import open_mil_backend

        return open_mil_backend(model, "fp32" if scheme in FULL_PRECISION else "fp16")
    return open_backend(model, threads)
