"""From a trained checkpoint to a verified file for a phone.

`export.convert(...)` and `export.gate(...)` do from Python what the commands do; `export.api` says with what. They are
loaded when first asked for: importing this package does nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from export.api import convert as convert

__all__ = ["convert", "gate"]


def __getattr__(name: str) -> Any:
    """`convert`, and the package `gate`, which can be called."""
    if name == "convert":
        return importlib.import_module("export.api").convert
    if name == "gate":
        return importlib.import_module("export.gate")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
