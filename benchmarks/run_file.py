"""One model file in whatever environment's Python this is: `-m benchmarks.run_file PHOTOS.npy OUT.npy FILE THREADS`.

Needs nothing but numpy, one inference runtime and `edge_app.runtime`; prints the runtime's name.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from edge_app.runtime.backends import open_backend


def main(argv: list[str] | None = None) -> int:
    """Write logits float32 [N, K] for photos uint8 [N, S, S, 3]."""
    photos, out, model, threads = sys.argv[1:] if argv is None else argv
    backend = open_backend(Path(model), int(threads))
    np.save(out, np.stack([backend.run(image).logits for image in np.load(photos)]))
    sys.stdout.write(f"{backend.name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
