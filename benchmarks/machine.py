"""Where a figure comes from: the machine, the versions, the commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("numpy", "pillow", "ai-edge-litert", "tflite-runtime", "tensorflow", "onnxruntime", "coremltools", "torch")
# Instruction sets that decide how fast matrix products are, as Linux spells them.
FAST_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")


def machine() -> dict[str, Any]:
    """Processor, its cores and fast instructions, memory in GB, system and Python."""
    name, flags = processor()
    return {
        "processor": name,
        "instructions": [flag for flag in FAST_INSTRUCTIONS if flag in flags],
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": memory_gb(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }


def provenance() -> dict[str, Any]:
    """Commit (with `+changes` where files differ from it), versions of what takes part, and the command line."""
    return {"commit": commit(), "versions": versions(), "command": " ".join(["python -m benchmarks", *sys.argv[1:]])}


def now() -> str:
    """UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def commit() -> str:
    """The commit of the source tree, "unknown" outside one or without git."""
    found = git("rev-parse", "--short=12", "HEAD")
    if not found:
        return "unknown"
    return found + ("+changes" if git("status", "--porcelain", "--untracked-files=no") else "")


def git(*words: str) -> str:
    """What git prints, nothing when it fails."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def versions() -> dict[str, str]:
    """Versions of those of `PACKAGES` that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> tuple[str, list[str]]:
    """The processor's name and, on Linux, its instruction-set flags."""
    fields: dict[str, str] = {}
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    name = fields.get("model name") or platform.processor() or platform.machine()
    return name, (fields.get("flags") or fields.get("Features") or "").split()


def memory_gb() -> float:
    """Physical memory in GB (1e9 bytes), 0 where the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return 0.0
