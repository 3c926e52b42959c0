"""Phantoms as a folder of JPEG files, one folder a class: photos to try the tool on, and readable as `folder:PATH`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import LABELS_14
from train.data.phantom import PhantomSource, phantom_jpeg
from train.progress import track

COUNT_MAX = 10_000
SIDE_PX = (32, 4096)


def write_phantoms(out: Path, *, count: int, seed: int, side_px: int = 512) -> int:
    """Write `count` phantoms of each class below the new folder `out`; returns how many there are.

    The folder is there whole or not at all. ConfigError where it exists and holds something, or a number is no good.
    """
    if not 1 <= count <= COUNT_MAX:
        raise ConfigError(f"--count is {count}; allowed: 1 to {COUNT_MAX} phantoms a class")
    if not SIDE_PX[0] <= side_px <= SIDE_PX[1]:
        raise ConfigError(f"--side is {side_px}; allowed: {SIDE_PX[0]} to {SIDE_PX[1]} px")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"output {out} exists and is not an empty folder; name a new one")
    partial = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    try:
        for label in track(LABELS_14, "Drawing phantoms"):
            (partial / label.code).mkdir(parents=True)
            for index in range(count):
                source = PhantomSource(label.code, index, seed, side_px)
                (partial / label.code / f"{label.code}-{index:04d}.jpg").write_bytes(phantom_jpeg(source))
        os.replace(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return count * len(LABELS_14)
