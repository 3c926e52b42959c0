"""Converters print from C++ and Python alike; their noise is kept aside and shown only when they fail."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

SHOWN_CHARACTERS = 8000


@contextmanager
def noise_kept_aside() -> Iterator[None]:
    """Everything written to file descriptors 1 and 2 goes to a temporary file, whose end is printed on an exception.

    Not when the user interrupts: then the noise says nothing.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as log:
        kept = [os.dup(1), os.dup(2)]
        try:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            yield
        except KeyboardInterrupt:
            restore(kept)
            raise
        except BaseException:
            restore(kept)
            show_end(log)
            raise
        else:
            restore(kept)


def restore(kept: list[int]) -> None:
    """Give descriptors 1 and 2 back."""
    sys.stdout.flush()
    sys.stderr.flush()
    for descriptor, original in zip((1, 2), kept, strict=True):
        os.dup2(original, descriptor)
        os.close(original)


def show_end(log: BinaryIO) -> None:
    """Write the last of what was kept to standard error."""
    log.seek(0)
    sys.stderr.write(log.read().decode(errors="replace")[-SHOWN_CHARACTERS:])
