"""`python -m benchmarks android`: bundles on a phone by `adb` and `benchmark_model`, golden photos included."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import benchmark_model, machine
from benchmarks.adb import Phone, phone
from benchmarks.rows import write_rows
from benchmarks.screen import console
from edge_app.command_line import OneLineParser
from edge_app.runtime import trust
from edge_app.runtime.backends.tflite import RUNTIMES, dequantized, load_runtime, named_outputs
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import BackendError, ConfigError
from edge_app.runtime.timing import BenchmarkRow

BENCHMARK = "android"


def add(command: OneLineParser, out: Path) -> None:
    """The options of `android`."""
    add = command.add_argument
    add("--bundle", nargs="+", type=Path, required=True, metavar="B", help="TFLite bundles")
    add("--benchmark-model", type=Path, required=True, metavar="FILE", help="TensorFlow Lite's program for the phone")
    add("--backend", nargs="+", choices=list(benchmark_model.BACKENDS), default=list(benchmark_model.BACKENDS))
    add("--threads", type=int, default=4, help="on its CPU (4)")
    add("--runs", type=int, default=50, help="timed runs (50)")
    add("--adb", default="adb", help="the program (adb)")
    add("--serial", help="which phone, where several are attached")
    add("--out", type=Path, default=out, help=f"folder for the rows ({out})")
    add("--trusted-key", action="append", default=[], type=Path, metavar="FILE")
    add("--allow-unsigned", action="store_true")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; 1 where a phone's answer differs by more than the bundle allows, or there is none."""
    if not arguments.benchmark_model.is_file():
        raise ConfigError(f"--benchmark-model {arguments.benchmark_model} is no file; see docs/benchmarks.md for it")
    keys, allow = trust.keys_of(arguments.trusted_key), arguments.allow_unsigned
    bundles = [Bundle.open(path, trusted_keys=keys, allow_unsigned=allow) for path in arguments.bundle]
    strange = next((bundle for bundle in bundles if bundle.card.target != "tflite"), None)
    if strange is not None:
        raise ConfigError(f"{strange.path} is for {strange.card.target}; Android phones take tflite bundles")
    attached = phone(arguments.adb, arguments.serial)
    attached.shell("mkdir", "-p", benchmark_model.FOLDER)
    attached.push(arguments.benchmark_model, benchmark_model.PROGRAM)
    attached.shell("chmod", "755", benchmark_model.PROGRAM)
    try:
        rows = [row for bundle in bundles for row in measured(attached, bundle, arguments)]
    finally:
        attached.shell("rm", "-rf", benchmark_model.FOLDER)
    for row in rows:
        console().print(f"{row.model} {row.scheme} {row.backend}: {row.provenance.get('failed') or row.metrics}")
    console().print(f"rows: {write_rows(rows, arguments.out / 'android.jsonl')}", soft_wrap=True)
    return 0 if all(row.metrics.get("within_tolerance") for row in rows) else 1


def measured(attached: Phone, bundle: Bundle, arguments: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """A row for each backend: times of noise, then the golden photos."""
    card, where = bundle.card, attached.facts()
    with tempfile.TemporaryDirectory(prefix="dermedge-bench-") as folder:
        model = bundle.extract_model(Path(folder))
        attached.push(model, benchmark_model.MODEL)
        for backend in arguments.backend:
            failed: dict[str, str] = {}
            found: dict[str, float] = {}
            try:
                command = benchmark_model.timing_command(backend, arguments.threads, arguments.runs)
                found = benchmark_model.metrics_of(attached.shell(*command))
                found |= golden_metrics(attached, bundle, model, backend, arguments.threads)
            except BackendError as error:
                failed = {"failed": f"{backend}: {error}"}
            yield BenchmarkRow(
                benchmark=BENCHMARK, model=f"{card.name} {card.version}", backend=f"benchmark_model {backend}",
                target=card.target, scheme=card.scheme, threads=arguments.threads, metrics=found, machine=where,
                created=machine.now(),
                provenance={**machine.provenance(), **failed, "bundle_sha256": bundle.sha256,
                            "gate": bundle.gate["verdict"], "arch": card.arch, "side_px": card.fit.side_px},
            )  # fmt: skip


def golden_metrics(attached: Phone, bundle: Bundle, model: Path, backend: str, threads: int) -> dict[str, float]:
    """The largest difference of a logit over the golden photos, and whether the bundle allows it."""
    largest = 0.0
    for image, expected in zip(bundle.golden.images, bundle.golden.logits, strict=True):
        local = model.with_name("image")
        local.write_bytes(image.tobytes())
        attached.push(local, benchmark_model.IMAGE)
        attached.shell(*benchmark_model.answer_command(backend, threads, bundle.card.fit.side_px))
        attached.pull(benchmark_model.OUTPUT, model.with_name("output"))
        found = logits_in(model.with_name("output").read_bytes(), model)
        largest = max(largest, float(np.abs(found - expected).max()))
    tolerance = bundle.golden.tolerance
    return {
        "golden_largest_difference": largest, "golden_photos": float(len(bundle.golden.logits)),
        "tolerance": tolerance, "within_tolerance": float(largest <= tolerance),
    }  # fmt: skip


def logits_in(content: bytes, model: Path) -> np.ndarray:
    """The logits, float32 [K], among a file's outputs written one after the other; BackendError for another size."""
    interpreter_class, _ = load_runtime(RUNTIMES)
    interpreter = interpreter_class(model_path=str(model))
    interpreter.allocate_tensors()
    wanted, start = named_outputs(interpreter)["logits"]["index"], 0
    details = interpreter.get_output_details()
    sizes = [int(np.prod(one["shape"])) * np.dtype(one["dtype"]).itemsize for one in details]
    if sum(sizes) != len(content):
        raise BackendError(f"the phone wrote {len(content)} bytes of outputs, not {sum(sizes)}; take a newer program")
    for detail, size in zip(details, sizes, strict=True):
        if detail["index"] == wanted:
            values = np.frombuffer(content[start : start + size], dtype=detail["dtype"]).reshape(detail["shape"])
            return dequantized(values, detail)[0]
        start += size
    raise BackendError("the file has no output logits; export it again")
