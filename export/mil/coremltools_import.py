"""One way to import coremltools: quietly, in 2 s instead of 20 s, and without the crash that TensorFlow brings.

On import coremltools tries TensorFlow, scikit-learn, transformers and torchao, which nothing here uses. TensorFlow
first and torch's compiler after it ends in a segmentation fault (tensorflow 2.21, torch 2.14), and each of them costs
seconds. Those not yet imported are hidden while it loads; torch goes first.
"""

from __future__ import annotations

import importlib
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from edge_app.runtime.errors import MissingRuntimeError

UNUSED = ("tensorflow", "sklearn", "transformers", "torchao")


def coremltools() -> ModuleType:
    """The module `coremltools`, its log at errors only; `MissingRuntimeError` names the extra when it is absent."""
    if "coremltools" not in sys.modules:
        importlib.import_module("torchvision")
    with _hidden(UNUSED), warnings.catch_warnings(), _errors_only():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module("coremltools")
        except ModuleNotFoundError as error:
            raise MissingRuntimeError(
                f"coremltools is not installed ({error.name} missing); pip install 'dermedge[coreml]'"
            ) from error


@contextmanager
def _hidden(names: tuple[str, ...]) -> Iterator[None]:
    """Make `import NAME` fail for the names not imported yet; afterwards they import as ever."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None is Python's own mark for "refuse"
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


@contextmanager
def _errors_only() -> Iterator[None]:
    """coremltools warns at import of every Mac-only part that Linux lacks; its handler is set up at that time."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(previous)
        logging.getLogger("coremltools").setLevel(logging.ERROR)
