"""TensorFlow Lite's `benchmark_model` for phones: its command line, and what it prints."""

from __future__ import annotations

import re

from edge_app.runtime.errors import BackendError

FOLDER = "/data/local/tmp/dermedge"
PROGRAM, MODEL, IMAGE, OUTPUT = (f"{FOLDER}/{name}" for name in ("benchmark_model", "model.tflite", "image", "output"))
BACKENDS = {"cpu": ("--use_xnnpack=true",), "gpu": ("--use_gpu=true",)}
MS_PER_US = 1e-3
# The line over all runs that are not warm-up is the last of its kind.
COUNTS = re.compile(r"count=(\d+) .*?avg=\s*([\d.e+]+) std=\s*([\d.e+]+)(?:.*?median=(\d+))?(?:.*?p95=(\d+))?")
SUMMARY = re.compile(r"Init: ([\d.e+]+), First inference: ([\d.e+]+), .*?Inference \(avg\): ([\d.e+]+)")
MEMORY = re.compile(r"overall=([\d.]+)")
KERNELS = re.compile(r"executed by the delegate w/ (\d+) delegate kernels?")
WHOLE = "completely executed by the delegate"


def timing_command(backend: str, threads: int, runs: int) -> tuple[str, ...]:
    """Runs on noise, timed."""
    return (
        PROGRAM, f"--graph={MODEL}", f"--num_threads={threads}", f"--num_runs={runs}", "--warmup_runs=5",
        "--report_peak_memory_footprint=true", *BACKENDS[backend],
    )  # fmt: skip


def answer_command(backend: str, threads: int, side_px: int) -> tuple[str, ...]:
    """One answer for the image on the phone, written to a file there."""
    return (
        PROGRAM, f"--graph={MODEL}", f"--num_threads={threads}", "--num_runs=1", "--warmup_runs=0",
        "--input_layer=image", f"--input_layer_shape=1,{side_px},{side_px},3",
        f"--input_layer_value_files=image:{IMAGE}", f"--output_filepath={OUTPUT}", *BACKENDS[backend],
    )  # fmt: skip


def metrics_of(printed: str) -> dict[str, float]:
    """Figures of a benchmark row from what the program printed; BackendError where it holds no times."""
    summary, counts = SUMMARY.search(printed), list(COUNTS.finditer(printed))
    if summary is None or not counts:
        last = (printed.strip().splitlines() or ["nothing"])[-1][:200]
        raise BackendError(f"benchmark_model printed no times but {last!r}; run it by hand with that model")
    count, mean, deviation, median, p95 = counts[-1].groups()
    init, first, _ = map(float, summary.groups())
    found = {
        "runs": float(count), "mean_ms": float(mean) * MS_PER_US, "std_ms": float(deviation) * MS_PER_US,
        "load_ms": init * MS_PER_US, "first_inference_ms": first * MS_PER_US,
    }  # fmt: skip
    found |= {name: float(us) * MS_PER_US for name, us in (("p50_ms", median), ("p95_ms", p95)) if us is not None}
    memory, kernels = MEMORY.search(printed), KERNELS.search(printed)
    found |= {"peak_memory_bytes": float(memory.group(1)) * 1e6} if memory else {}
    partitions = float(kernels.group(1)) if kernels else 1.0 if WHOLE in printed else 0.0
    return {**found, "partitions": partitions}
