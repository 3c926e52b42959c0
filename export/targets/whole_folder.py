"""Folders appear whole or not at all: written beside their place under another name, then renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A path for a new folder beside `out`; it takes the place of `out` at the end, and goes when something fails.

    Two renames exchange the folders; between them `out` is absent for a moment, never half written.
    """
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    replaced = out.with_name(f".{out.name}.old-{os.getpid()}")
    for leftover in (temporary, replaced):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        yield temporary
        if out.exists():
            os.replace(out, replaced)
        os.replace(temporary, out)
    finally:
        if replaced.exists() and not out.exists():
            os.replace(replaced, out)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(replaced, ignore_errors=True)
