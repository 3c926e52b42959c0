"""`python -m benchmarks android`: bundles on a phone by `adb` and `benchmark_model`, golden photos included."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks import benchmark_model, machine
from benchmarks.adb import Phone, phone
from benchmarks.rows import read_rows, write_rows
from benchmarks.screen import console
from edge_app.command_line import OneLineParser
from edge_app.runtime import trust
from edge_app.runtime.backends.tflite import RUNTIMES, dequantized, load_runtime, named_outputs
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import BackendError, ConfigError
from edge_app.runtime.timing import BenchmarkRow

BENCHMARK = "android"
FILE = "android.jsonl"


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
    add("--append", action="store_true", help="keep the rows that stand in the folder")
    add("--out", type=Path, default=out, help=f"folder for the rows ({out})")
    add("--trusted-key", action="append", default=[], type=Path, metavar="FILE")
    add("--allow-unsigned", action="store_true")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; 1 where a phone's answer differs by more than the bundle allows, or there is none.

    BackendError with what is missing where the phone goes; the rows that it gave before are written.
    """
    if not arguments.benchmark_model.is_file():
        raise ConfigError(f"--benchmark-model {arguments.benchmark_model} is no file; see docs/benchmarks.md for it")
    keys, allow = trust.keys_of(arguments.trusted_key), arguments.allow_unsigned
    bundles = [Bundle.open(path, trusted_keys=keys, allow_unsigned=allow) for path in arguments.bundle]
    strange = next((bundle for bundle in bundles if bundle.card.target != "tflite"), None)
    if strange is not None:
        raise ConfigError(f"{strange.path} is for {strange.card.target}; Android phones take tflite bundles")
    out = arguments.out / FILE
    before = read_rows(out) if arguments.append and out.exists() else []
    attached = phone(arguments.adb, arguments.serial)
    rows: list[BenchmarkRow] = []
    try:
        with program_on(attached, arguments.benchmark_model):
            for row in (row for bundle in bundles for row in measured(attached, bundle, arguments)):
                rows.append(row)
                # A phone may go at any moment, and no time is measured twice for it.
                write_rows([*before, *rows], out)
                console().print(
                    f"{row.model} {row.scheme} {row.backend}: {row.provenance.get('failed') or row.metrics}"
                )
    except BackendError as error:
        missing = [f"{bundle.path} on {backend}" for bundle in bundles for backend in arguments.backend][len(rows) :]
        kept = f"{len(rows)} measured and kept in {out}" if rows else "nothing measured"
        raise BackendError(f"{error}; {kept}; missing, to be run with --append: {', '.join(missing)}") from error
    console().print(f"rows: {out}", soft_wrap=True)
    return 0 if all(row.metrics.get("within_tolerance") for row in rows) else 1


@contextmanager
def program_on(attached: Phone, program: Path) -> Iterator[None]:
    """`program` on the phone for a while; a line where the phone does not let it be cleared away."""
    try:
        attached.shell("mkdir", "-p", benchmark_model.FOLDER)
        attached.push(program, benchmark_model.PROGRAM)
        attached.shell("chmod", "755", benchmark_model.PROGRAM)
        yield
    finally:
        try:
            attached.shell("rm", "-rf", benchmark_model.FOLDER)
        except BackendError as error:
            sys.stderr.write(f"{benchmark_model.FOLDER} stays on the phone: {error}\n")


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
                # Where it does not answer this either, it is not the backend that failed.
                attached.shell("true")
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
