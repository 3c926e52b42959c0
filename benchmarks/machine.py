"""Where a figure comes from: the machine, the versions, the commit."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from train.provenance import commit, processor

CPUINFO = Path("/proc/cpuinfo")
PACKAGES = ("numpy", "pillow", "ai-edge-litert", "tflite-runtime", "tensorflow", "onnxruntime", "coremltools", "torch")
# Instruction sets that decide how fast matrix products are, as Linux spells them.
FAST_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
# What is said of a machine, phones' facts among it.
WORDS = {"device": "{}", "processor": "{}", "cores": "{} cores", "memory_gb": "{} GB", "system": "{}", "abi": "{}",
         "python": "Python {}"}  # fmt: skip


def machine() -> dict[str, Any]:
    """Processor, its cores and fast instructions, memory in GB, system and Python."""
    return {
        "processor": processor(),
        "instructions": instructions(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": memory_gb(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }


def identity(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What two rows have in common that were measured on one machine, or on two that are alike."""
    return tuple(str(facts.get(name)) for name in ("device", "processor", "instructions", "cores", "system"))


def in_words(facts: Mapping[str, Any]) -> str:
    """A row's machine for people."""
    return ", ".join(form.format(facts[name]) for name, form in WORDS.items() if facts.get(name))


def provenance() -> dict[str, Any]:
    """Commit ("+" where files differ from it, null outside a repository), versions, command line."""
    return {"commit": commit(), "versions": versions(), "command": command()}


def command() -> str:
    """The command line, with paths below this folder as seen from it: where the folder lies is nobody's business."""
    words = " ".join(["python -m benchmarks", *sys.argv[1:]])
    return words.replace(f"{Path.cwd()}/", "")


def now() -> str:
    """UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def versions() -> dict[str, str]:
    """Versions of those of `PACKAGES` that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def instructions(cpuinfo: Path = CPUINFO) -> list[str]:
    """Those of `FAST_INSTRUCTIONS` that the processor has, as far as Linux lists them; none elsewhere."""
    if not cpuinfo.is_file():
        return []
    for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"flags", "Features"}:
            return [flag for flag in FAST_INSTRUCTIONS if flag in value.split()]
    return []


def memory_gb() -> float:
    """Physical memory in GB (1e9 bytes), 0 where the system does not tell."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return 0.0
