"""Other environments that model files run in: the last tflite-runtime, and an arm64 Python under qemu.

Each file runs in a process of its own, so that one that crashes its runtime takes nothing else along.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.runtime.errors import BackendError

REPOSITORY = Path(__file__).resolve().parent.parent
OLD_RUNTIME = Path(".venv-old-runtime/bin/python")
ARM64 = Path("build/arm64")
ARM64_PYTHON = "usr/bin/python3.11"
# An arm64 inference takes a hundred times as long as one of this machine's own.
TIMEOUT_S = 3600.0
ONE_THREAD = "1"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Another Python: the words that start it, what its modules are found by, the files it runs, how many photos."""

    name: str
    command: tuple[str, ...]
    path: tuple[Path, ...]
    suffixes: tuple[str, ...]
    most_photos: int


def environments(old_runtime: Path, arm64: Path, arm64_photos: int) -> list[Environment]:
    """Those that are set up: `make old-runtime` makes the first, benchmarks/arm64/setup.sh the others."""
    found = []
    if old_runtime.is_file():
        found.append(
            Environment(name="x86-64", command=(str(old_runtime),), path=(), suffixes=(".tflite",), most_photos=10**6)
        )
    if (arm64 / ".whole").is_file():
        root = arm64.resolve() / "root"
        emulated = ("qemu-aarch64-static", "-cpu", "cortex-a76", "-L", str(root), str(root / ARM64_PYTHON))
        for site, suffixes in (("site", (".tflite", ".onnx")), ("site-old", (".tflite",))):
            found.append(
                Environment(
                    name="arm64 (qemu)", command=emulated, path=(root.parent / site,), suffixes=suffixes,
                    most_photos=arm64_photos,
                )
            )  # fmt: skip
    return found


def answers_elsewhere(environment: Environment, model: Path, images: np.ndarray) -> tuple[str, np.ndarray]:
    """(runtime and environment, logits float32 [n, K]) for the first photos of `images` uint8 [N, S, S, 3].

    BackendError with the last line that the process wrote, or the signal that ended it.
    """
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
        photos, out = Path(folder) / "photos.npy", Path(folder) / "logits.npy"
        np.save(photos, images[: environment.most_photos])
        words = ["-m", "benchmarks.run_file", str(photos), str(out), str(model.resolve()), ONE_THREAD]
        python_path = os.pathsep.join(map(str, (REPOSITORY, *environment.path)))
        done = subprocess.run(
            [*environment.command, *words], capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
            env={**os.environ, "PYTHONPATH": python_path, "PYTHONNOUSERSITE": "1"},
        )  # fmt: skip
        if done.returncode != 0 or not out.exists():
            raise BackendError(f"{environment.name}: {reason(done)}")
        return f"{done.stdout.split(chr(10))[-2]}, {environment.name}", np.load(out)


def reason(done: subprocess.CompletedProcess[str]) -> str:
    """Why a process came to nothing."""
    if done.returncode < 0:
        return f"ended by {signal.Signals(-done.returncode).name}"
    if done.returncode > 128:
        return f"ended by {signal.Signals(done.returncode - 128).name}"
    return (done.stderr.strip().splitlines() or ["no message"])[-1]
