"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from edge_app.runtime.errors import StoreError


def write_whole(path: Path, content: bytes) -> Path:
    """Write `content` beside `path`, then rename; StoreError, and nothing new, where that fails."""
    partial = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise StoreError(
            f"{path.name} could not be written ({error}); free some space or choose another place"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return path
