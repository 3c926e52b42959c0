"""Where a result comes from: commit, versions, machine, command."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("dermedge", "torch", "torchvision", "timm", "lightning", "numpy", "pillow", "safetensors")


def provenance(command: list[str], device: str) -> dict[str, Any]:
    """Facts of this process; `commit` ends in "+" where files differ from it, and is null outside a repository."""
    return {
        "command": command,
        "commit": commit(),
        "versions": {"python": platform.python_version(), **versions()},
        "machine": {
            "system": platform.system(), "processor": processor(), "cores": os.cpu_count(), "device": device,
        },
    }  # fmt: skip


def versions() -> dict[str, str]:
    """Installed versions of the packages that decide results."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@functools.cache
def commit() -> str | None:
    """The commit of the source tree when this process first asks: that of what it has loaded, whatever comes later."""
    root = Path(__file__).resolve().parent.parent
    try:
        run = {"cwd": root, "capture_output": True, "text": True, "timeout": 20, "check": True}
        head = subprocess.run(["git", "rev-parse", "HEAD"], **run).stdout.strip()  # type: ignore[call-overload]
        dirty = subprocess.run(["git", "status", "--porcelain", "--untracked-files=no"], **run).stdout  # type: ignore[call-overload]
    except (OSError, subprocess.SubprocessError):
        return None
    return head + ("+" if dirty else "")


def processor() -> str:
    """Name of the CPU."""
    info = Path("/proc/cpuinfo")
    if sys.platform == "linux" and info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
