"""The file formats that phones take: one module each and one line in `TARGETS`, imported when it is asked for.

A target module has NAME, SUFFIX, LAYOUT (of `export.lowering`), SCHEMES (float first, then by falling precision), and
convert, embed_card, read_card and inspect with the signatures of `export.targets.tflite`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from edge_app.runtime.errors import ConfigError

TARGETS = {
    "tflite": "export.targets.tflite",
    "onnx": "export.targets.onnx",
    "coreml": "export.targets.coreml",
}


def target(name: str) -> ModuleType:
    """The module of target `name`. Raises ConfigError for an unknown one."""
    if name not in TARGETS:
        raise ConfigError(f"the target is {name!r}; allowed are {', '.join(TARGETS)}")
    return import_module(TARGETS[name])
