"""Files that torch.save wrote, read with their check sums, at which torch itself does not look."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

import torch
from safetensors import SafetensorError

# torch's unpickler meets damaged bytes with whatever its own code raises on them.
READ_ERRORS = (
    OSError, RuntimeError, ValueError, EOFError, LookupError, TypeError, AttributeError, AssertionError, OverflowError,
    MemoryError, struct.error, BadZipFile, SafetensorError, pickle.UnpicklingError,
)  # fmt: skip


def torch_content(path: Path) -> Any:
    """What `path` holds, on the CPU, tensors and plain values alone. Raises one of `READ_ERRORS`.

    A bit that has fallen over in a weight changes answers, and only the check sum tells.
    """
    if is_zipfile(path):
        with ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise ValueError(f"{damaged} has another check sum than it was written with")
    return torch.load(path, map_location="cpu", weights_only=True)
