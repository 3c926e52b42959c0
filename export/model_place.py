"""Where the model file is: named itself, in a bundle folder or its zip, or in a candidate set aside."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_app.runtime.backends import BACKENDS
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.manifest import MANIFEST

ZIP = ".zip"


@dataclass(frozen=True)
class ModelPlace:
    """A model file (or folder, for CoreML), and the bundle that it came in, if it came in one."""

    model: Path
    bundle: Bundle | None = None


@contextmanager
def located(path: Path) -> Iterator[ModelPlace]:
    """The model that `path` names; that of a bundle is unpacked for as long as the context lasts.

    Signature and hashes of a bundle have been checked, by whomever it is signed. ConfigError where there is no model,
    and what `Bundle.open` raises.
    """
    if not path.exists():
        raise ConfigError(f"model file {path} does not exist; name a model file or a bundle that an export wrote")
    if path.suffix == ZIP or (path / MANIFEST).is_file():
        bundle = Bundle.open(path, allow_unsigned=True)
        with tempfile.TemporaryDirectory(prefix="dermedge-model-") as folder:
            yield ModelPlace(bundle.extract_model(Path(folder)), bundle)
        return
    yield ModelPlace(set_aside(path) if path.is_dir() and path.suffix not in BACKENDS else path)


def set_aside(folder: Path) -> Path:
    """The one model in a folder that is no bundle, such as a rejected candidate's."""
    found = sorted(file for file in folder.iterdir() if file.suffix in BACKENDS)
    if len(found) != 1:
        raise ConfigError(
            f"folder {folder} is no bundle and holds {len(found)} model files; name one file ({', '.join(BACKENDS)})"
        )
    return found[0]
