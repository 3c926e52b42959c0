"""Files that are whole or not there: written beside their place, flushed to the disk, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_app.runtime.errors import ConfigError

MARK = ".tmp-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` when the block ends well, else it is removed.

    A process that is killed leaves `path` as it was, and at most a file `.<name>.tmp-<pid>` that `sweep` removes.
    """
    temporary = path.with_name(f".{path.name}{MARK}{os.getpid()}")
    try:
        yield temporary
        flush(temporary)
        os.replace(temporary, path)
        flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def refuse_unwritable(path: Path, option: str) -> None:
    """ConfigError where nothing can be made at `path`, so that hours of work do not end with that."""
    above = path.absolute().parent
    while not above.exists() and above != above.parent:
        above = above.parent
    try:
        # A folder is made to see, since permissions do not tell of file systems that nobody can write to.
        with tempfile.TemporaryDirectory(prefix=".", dir=above):
            pass
    except OSError as error:
        raise ConfigError(f"{option} {path} cannot be made ({error.strerror}: {above}); name another place") from error


def flush(path: Path) -> None:
    """Wait until the disk holds what was written to a file, or which names a folder has (where the system lets us)."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_leftover(path: Path) -> bool:
    """Whether `path` is what a killed process left of a file that it was writing."""
    return path.name.startswith(".") and MARK in path.name


def sweep(folder: Path) -> None:
    """Remove what killed processes left in `folder`; only for a folder in which nothing else is writing."""
    for path in folder.iterdir():
        if is_leftover(path):
            path.unlink(missing_ok=True)
