"""Writes `.mlpackage` folders: a manifest, the specification and its weights, the same bytes for the same model."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path
from typing import Any

from export.mil.load import MODEL, WEIGHTS
from export.targets.whole_folder import whole_folder

AUTHOR = "com.apple.CoreML"
ITEMS = {
    "com.apple.CoreML/model.mlmodel": "CoreML Model Specification",
    "com.apple.CoreML/weights": "CoreML Model Weights",
}
# What coremltools notes by itself that differs from one export to the next.
VOLATILE = ("com.github.apple.coremltools.conversion_date",)


def write_package(spec: Any, weights: Path | None, out: Path) -> None:
    """`spec` (a Model message) and the folder `weights` as the package `out`, which is replaced whole."""
    with whole_folder(out) as temporary:
        (temporary / MODEL).parent.mkdir(parents=True)
        if weights is not None and weights.is_dir():
            shutil.copytree(weights, temporary / WEIGHTS)
        for key in VOLATILE:
            spec.description.metadata.userDefined.pop(key, None)
        (temporary / MODEL).write_bytes(spec.SerializeToString(deterministic=True))
        (temporary / "Manifest.json").write_text(manifest(), encoding="utf-8")


def manifest() -> str:
    """The package's own list of its parts; identifiers follow from the paths, not from chance.

    To the byte as coremltools writes it: it rewrites the list of any package that it opens, and a bundle whose files
    have changed is refused.
    """
    entries = {identifier(path): entry(path, text) for path, text in ITEMS.items()}
    content = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": entries,
        "rootModelIdentifier": next(iter(entries)),
    }
    return json.dumps(content, indent=4, sort_keys=True) + "\n"


def identifier(path: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, path)).upper()


def entry(path: str, description: str) -> dict[str, str]:
    return {"author": AUTHOR, "description": description, "name": path.split("/")[-1], "path": path}
