"""CoreML models on iOS: a small Objective-C class (`DermedgeModel`, docs/building-for-phones.md) through pyobjus.

Source-complete and tested against a stand-in of that class; it has not run on a phone yet.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.backends import Outputs, check_image
from edge_app.runtime.errors import BackendError, MissingRuntimeError


class IosBackend:
    """One compiled model; `DermedgeModel` compiles an .mlpackage once and keeps the result beside it."""

    name = "coreml"

    def __init__(self, model: Path | bytes, *, threads: int, autoclass: Any = None) -> None:
        if isinstance(model, bytes):
            raise BackendError("a CoreML model is a folder, not bytes; extract it first")
        native = (autoclass or objective_c_classes())("DermedgeModel").alloc().initWithPath_(str(model))
        described = json.loads(str(native.shapes())) if native else None
        if not described:
            raise BackendError(f"model {Path(model).name} does not load in CoreML; export it again")
        self._native, self._lock = native, threading.Lock()
        self._shapes: dict[str, list[int]] = described
        self.side_px = int(described["image"][0])

    def run(self, image: np.ndarray) -> Outputs:
        """Outputs for `image`, uint8 [S, S, 3] RGB; BackendError when the shape or type is another."""
        check_image(image, self.side_px)
        with self._lock:
            content = bytes(self._native.runWithPixels_(np.ascontiguousarray(image).tobytes()))
        values = np.frombuffer(content, dtype="<f4")
        wanted = {name: self._shapes[name] for name in ("logits", "cam") if name in self._shapes}
        if values.size != sum(int(np.prod(shape)) for shape in wanted.values()):
            raise BackendError(f"CoreML gave {values.size} values where {wanted} were expected; export the model again")
        found, start = {}, 0
        for name, shape in wanted.items():
            size = int(np.prod(shape))
            found[name] = values[start : start + size].reshape(shape)[0].astype(np.float32)
            start += size
        return Outputs(found["logits"], found.get("cam"))


def objective_c_classes() -> Any:
    """pyobjus' `autoclass`."""
    try:
        from pyobjus import autoclass
    except ImportError as error:
        raise MissingRuntimeError("CoreML on iOS needs pyobjus, which exists there only") from error
    return autoclass
