"""The inference runtimes: one file each, one line in `BACKENDS`, imported when a model file asks for them."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from edge_app.runtime.errors import BackendError

BACKENDS = {
    ".tflite": "edge_app.runtime.backends.tflite:TfliteBackend",
    ".onnx": "edge_app.runtime.backends.onnx:OnnxBackend",
    ".mlpackage": "edge_app.runtime.backends.coreml:CoremlBackend",
}
# On a phone its own runtime answers instead.
PHONE_BACKENDS = {
    ("android", ".tflite"): "edge_app.runtime.backends.android:AndroidBackend",
    ("ios", ".mlpackage"): "edge_app.runtime.backends.ios:IosBackend",
}


@dataclass(frozen=True)
class Outputs:
    """What a model says of one image: `logits` float32 [K], and `cam` float32 [h, w, K] where the head is linear."""

    logits: np.ndarray
    cam: np.ndarray | None = None


class Backend(Protocol):
    """One loaded model. `name` says which runtime and version answers."""

    name: str

    def run(self, image: np.ndarray) -> Outputs:
        """Outputs for `image`, uint8 [S, S, 3] RGB; BackendError when the shape or type is another."""
        ...


class BackendClass(Protocol):
    """What an entry of `BACKENDS` names: a class opened from a path, or from the bytes that were verified."""

    def __call__(self, model: Path | bytes, *, threads: int) -> Backend: ...


def open_backend(path: Path, threads: int = 2, *, content: bytes | None = None) -> Backend:
    """Open `path` with the runtime of its suffix; `content` is used instead of the file where it is given."""
    path = Path(path)
    backend = backend_class(path.suffix)
    return backend(path if content is None else content, threads=threads)


def backend_class(suffix: str) -> BackendClass:
    """The class in `BACKENDS` for `suffix`; BackendError for a suffix that is not in it."""
    if suffix not in BACKENDS:
        raise BackendError(f"model suffix {suffix!r} is unknown; use one of {', '.join(BACKENDS)}")
    module, name = PHONE_BACKENDS.get((device(), suffix), BACKENDS[suffix]).split(":")
    return cast(BackendClass, getattr(importlib.import_module(module), name))


def device() -> str:
    """android (python-for-android says so in the environment), ios, or "" for a computer."""
    return "android" if "ANDROID_ARGUMENT" in os.environ else "ios" if sys.platform == "ios" else ""


def check_image(image: np.ndarray, side_px: int) -> None:
    """BackendError unless `image` is uint8 [side_px, side_px, 3]; every backend calls it first."""
    wanted = (side_px, side_px, 3)
    if image.shape != wanted or image.dtype != np.uint8:
        raise BackendError(
            f"image is {image.dtype} {list(image.shape)}; the model takes uint8 {list(wanted)}: use photo.fit"
        )
