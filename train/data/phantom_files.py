"""Phantoms as photo files, for whoever wants to try the whole path without photos of their own."""

from __future__ import annotations

import os
from pathlib import Path

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import LABELS_14
from train.data.phantom import PhantomSource, phantom_jpeg


def write_phantoms(out: Path, *, count: int, seed: int, side_px: int) -> list[Path]:
    """Write `count` JPEGs of each class as OUT/<class>-<number>.jpg; returns their paths.

    ConfigError where the folder holds anything already, or cannot be written.
    """
    if count < 1 or side_px < 32 or seed < 0:
        raise ConfigError(f"count {count}, side {side_px} px, seed {seed}: allowed are 1, 32 and 0 or more")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"--out {out} is in use; name a new folder")
    building = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    try:
        building.mkdir(parents=True)
        for label in LABELS_14:
            for index in range(count):
                content = phantom_jpeg(PhantomSource(label.code, index, seed, side_px))
                (building / f"{label.code}-{index + 1:03d}.jpg").write_bytes(content)
        os.replace(building, out)
    except OSError as error:
        raise ConfigError(f"--out {out} cannot be written ({error}); name another folder") from error
    return sorted(out.iterdir())
