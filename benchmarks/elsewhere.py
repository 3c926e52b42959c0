"""Other environments that model files run in: the last tflite-runtime, and an arm64 Python under qemu.

Each file runs in a process of its own, so that one that crashes its runtime takes nothing else along.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.bounded import bounded
from edge_app.runtime.errors import BackendError

REPOSITORY = Path(__file__).resolve().parent.parent
OLD_RUNTIME = Path(".venv-old-runtime/bin/python")
ARM64 = Path("build/arm64")
ARM64_PYTHON = "usr/bin/python3.11"
QEMU = "qemu-aarch64-static"
# An arm64 inference takes a hundred times as long as one of this machine's own.
TIMEOUT_S = 3600.0
THREADS = 1
OLD = "tflite-runtime 2.14"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Another Python: the words that start it, what its modules are found by, the files it runs, and how many golden
    photos, and others, it is asked for.
    """

    runtime: str
    place: str
    command: tuple[str, ...]
    path: tuple[Path, ...]
    suffixes: tuple[str, ...]
    most_photos: int

    @property
    def name(self) -> str:
        """What it is called before it says which version it is."""
        return f"{self.runtime}, {self.place}"


@dataclass(frozen=True, kw_only=True)
class Arm64:
    """Runtimes of one folder of packages, and the processor that qemu plays for them."""

    runtime: str
    site: str
    suffix: str
    processor: str


ARM64_RUNTIMES = (
    Arm64(runtime="ai-edge-litert", site="site", suffix=".tflite", processor="cortex-a76"),
    Arm64(runtime="ONNX Runtime", site="site", suffix=".onnx", processor="cortex-a76"),
    # Without dot products: its 8-bit kernel for those reads past the end of its input and may end by SIGSEGV.
    Arm64(runtime=OLD, site="site-old", suffix=".tflite", processor="cortex-a53"),
)


def environments(old_runtime: Path, arm64: Path, arm64_photos: int) -> tuple[list[Environment], list[str]]:
    """Those that are set up, and for what is not a line that says how to set it up; arm64 alone with photos for it."""
    found, missing = [], []
    if old_runtime.is_file():
        found.append(
            Environment(
                runtime=OLD, place=platform.machine(), command=(str(old_runtime),), path=(), suffixes=(".tflite",),
                most_photos=sys.maxsize,
            )
        )  # fmt: skip
    else:
        missing.append(f"{OLD} is left out: there is no {old_runtime}; set it up with: make old-runtime")
    if arm64_photos and (arm64 / ".whole").is_file() and shutil.which(QEMU):
        found += [emulated(one, arm64.resolve(), arm64_photos) for one in ARM64_RUNTIMES]
    elif arm64_photos:
        setup = f"benchmarks/arm64/setup.sh {arm64}"
        missing.append(f"arm64 is left out: {arm64} or {QEMU} is missing; set them up with: {setup}")
    return found, missing


def emulated(one: Arm64, folder: Path, photos: int) -> Environment:
    """One runtime of what the set-up script left in `folder`."""
    root = folder / "root"
    return Environment(
        runtime=one.runtime, place=f"arm64 (qemu {one.processor})",
        command=(QEMU, "-cpu", one.processor, "-L", str(root), str(root / ARM64_PYTHON)),
        path=(folder / one.site,), suffixes=(one.suffix,), most_photos=photos,
    )  # fmt: skip


def answers_elsewhere(environment: Environment, model: Path, images: np.ndarray) -> tuple[str, np.ndarray]:
    """(runtime and place, logits float32 [N, K]) for `images` uint8 [N, S, S, 3], all in one process.

    BackendError with the last line that the process wrote, the signal that ended it, or how long it was waited for.
    """
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
        photos, out = Path(folder) / "photos.npy", Path(folder) / "logits.npy"
        np.save(photos, images)
        words = ["-m", "benchmarks.run_file", str(photos), str(out), str(model.resolve()), str(THREADS)]
        python_path = os.pathsep.join(map(str, (REPOSITORY, *environment.path)))
        done = bounded(
            f"{model.name} with {len(images)} photos in {environment.name}", [*environment.command, *words],
            timeout_s=TIMEOUT_S, next_step="take fewer photos (--count, --arm64-count)",
            env={**os.environ, "PYTHONPATH": python_path, "PYTHONNOUSERSITE": "1"},
        )  # fmt: skip
        if done.returncode != 0 or not out.exists():
            raise BackendError(reason(done))
        return f"{done.stdout.split(chr(10))[-2]}, {environment.place}", np.load(out)


def reason(done: subprocess.CompletedProcess[str]) -> str:
    """Why a process came to nothing; a shell or an emulator adds 128 to the signal that ended what it ran."""
    number = -done.returncode if done.returncode < 0 else done.returncode - 128
    if number in set(signal.Signals):
        return f"ended by {signal.Signals(number).name}"
    return (done.stderr.strip().splitlines() or [f"no message, exit code {done.returncode}"])[-1]
