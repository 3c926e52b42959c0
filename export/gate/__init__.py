"""The gate: may the exported file replace the float model, class by class? `export.gate(...)` asks it of a file."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class CallablePackage(ModuleType):
    """A package that is a function, too: `export.gate(...)` is `export.api.gate`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from export.api import gate

        return gate(*args, **kwargs)


sys.modules[__name__].__class__ = CallablePackage
