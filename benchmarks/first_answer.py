"""One cold start, as a phone's user waits for it: run as a program of its own, prints one line of JSON.

`python -m benchmarks.first_answer BUNDLE PHOTO THREADS [KEY_HEX ...]`; no key means that any signer will do.
Nothing is imported at the top that the app would not have: the imports are what is measured.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

PROC_STATUS = Path("/proc/self/status")


def cold_start(bundle: str, photo: str, threads: int, keys: list[bytes]) -> dict[str, float]:
    """Seconds of import, of opening (libraries, checks and golden photos included), of the first answer; memory."""
    began = time.perf_counter()
    import edge_app.runtime

    imported = time.perf_counter()
    classifier = edge_app.runtime.Classifier.open(
        Path(bundle), trusted_keys=keys, allow_unsigned=not keys, threads=threads
    )
    opened = time.perf_counter()
    classifier.predict(photo)
    answered = time.perf_counter()
    return {
        "import_s": imported - began,
        "open_s": opened - imported,
        "first_answer_s": answered - opened,
        "peak_memory_bytes": float(peak_memory_bytes()),
    }


def peak_memory_bytes(status: Path = PROC_STATUS) -> int:
    """The most memory that this process has held.

    On Linux VmHWM, since the ru_maxrss of a new process starts at what its parent held.
    """
    if status.is_file():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(argv: list[str] | None = None) -> int:
    """Print the figures of one cold start."""
    bundle, photo, threads, *keys = sys.argv[1:] if argv is None else argv
    sys.stdout.write(json.dumps(cold_start(bundle, photo, int(threads), [bytes.fromhex(key) for key in keys])) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
