"""Run .tflite files in whatever environment's Python this is: `run_tflite.py PHOTOS.npy OUT.npz FILE...`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from edge_app.runtime.backends.tflite import TfliteBackend


def main(photos: str, out: str, *files: str) -> None:
    """Logits [N, K] of every file for photos uint8 [N, S, S, 3], by the file's stem; prints the runtime's name."""
    images = np.load(photos)
    found = {}
    for file in files:
        backend = TfliteBackend(Path(file), threads=1)
        found[Path(file).stem] = np.stack([backend.run(image).logits for image in images])
    np.savez(out, **found)
    print(backend.name)


if __name__ == "__main__":
    main(*sys.argv[1:])
