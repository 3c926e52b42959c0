"""One model file in a fresh process: run as a program of its own, prints one line of JSON.

`python -m benchmarks.fresh_run FILE THREADS`: what its runtime is for imports first, then the file is loaded and run.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.bounded import bounded
from benchmarks.first_answer import peak_memory_bytes
from edge_app.runtime.errors import BackendError
from edge_app.runtime.timing import percentile

TIMEOUT_S = 300.0
NEXT_STEP = "stop what else runs on this machine, or leave fresh processes out: --starts 0"
IMPORTS = {".tflite": "ai_edge_litert.interpreter", ".onnx": "onnxruntime", ".torch": "timm"}


def fresh_metrics(model: Path, threads: int, count: int) -> dict[str, float]:
    """Medians of `count` fresh processes after one that warms the disk's cache; {} where no file can be run so."""
    if model.suffix not in IMPORTS or count < 1:
        return {}
    found = [fresh_run(model, threads) for _ in range(count + 1)][1:]
    medians = {name: percentile([one[name] for one in found], 50) for name in ("load_ms", "first_inference_ms")}
    return {**medians, "model_peak_memory_bytes": max(one["peak_memory_bytes"] for one in found)}


def fresh_run(model: Path, threads: int) -> dict[str, float]:
    """Start a Python, load, run once; BackendError with its last line when it fails."""
    command = [sys.executable, "-m", "benchmarks.fresh_run", str(model), str(threads)]
    done = bounded(f"a fresh process with {model}", command, timeout_s=TIMEOUT_S, next_step=NEXT_STEP)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BackendError(f"a fresh process with {model} failed: {last}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(argv: list[str] | None = None) -> int:
    """Print milliseconds of loading and of the first run, and the most memory that was held."""
    import importlib

    from benchmarks.runners import open_runner

    model, threads = sys.argv[1:] if argv is None else argv
    importlib.import_module(IMPORTS[Path(model).suffix])
    began = time.perf_counter()
    runner = open_runner(Path(model), int(threads))
    loaded = time.perf_counter()
    runner.run()
    done = time.perf_counter()
    found = {"load_ms": (loaded - began) * 1e3, "first_inference_ms": (done - loaded) * 1e3}
    sys.stdout.write(json.dumps({**found, "peak_memory_bytes": float(peak_memory_bytes())}) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
