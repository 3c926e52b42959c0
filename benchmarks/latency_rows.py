"""One row for each subject of a latency run: its figures, and in its provenance the rounds that ratios are made of."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.latency import Times
from benchmarks.subjects import Subject
from edge_app.runtime.errors import DataError, DermedgeError
from edge_app.runtime.timing import BenchmarkRow

BENCHMARK = "latency"
# Microseconds are as fine as the rounds of a row are kept.
ROUND_DIGITS = 4


def latency_rows(
    subjects: Sequence[Subject], times: Sequence[Times], more: Sequence[dict[str, float]]
) -> Iterator[BenchmarkRow]:
    """The rows of one run; `more` are figures beside the times. What could not be run has none, and says `failed`."""
    run, where, why, now = uuid.uuid4().hex[:12], machine.machine(), machine.provenance(), machine.now()
    for subject, found, figures in zip(subjects, times, more, strict=True):
        failed = {"failed": subject.failed} if subject.run is None else {}
        yield BenchmarkRow(
            benchmark=BENCHMARK, model=f"{subject.arch} {subject.name}", backend=subject.backend, target=subject.target,
            scheme=subject.scheme, threads=subject.threads, machine=where, created=now,
            metrics={} if failed else {**found.metrics(), **figures},
            provenance={**why, **identity(subject), **subject.facts, **rounds(found), **failed, "run": run},
        )  # fmt: skip


def identity(subject: Subject) -> dict[str, Any]:
    """What a row is of."""
    return {
        "role": subject.role,
        "made_by": subject.made_by,
        "arch": subject.arch,
        "side_px": subject.side_px,
        "title": subject.title,
    }


def rounds(found: Times) -> dict[str, list[float]]:
    """The median of each round; for bundles also each photo's load and fit, and the full decode beside it."""
    lists = {
        "rounds_ms": found.medians_ms(),
        "photo_in_ms": found.photo_in_ms(),
        "full_decode_ms": found.full_decode_ms,
    }
    return {name: [round(ms, ROUND_DIGITS) for ms in values] for name, values in lists.items() if values}


def file_metrics(model: Path | None, target_name: str) -> dict[str, float]:
    """Size, ranks and ops of a file; for TFLite what XNNPACK takes of it, in how many pieces."""
    if model is None or target_name not in {"tflite", "onnx", "coreml"}:
        return {}
    from export.checks import xnnpack
    from export.gate.examine import size_of
    from export.targets import target

    figures = {"size_bytes": float(size_of(model))}
    try:
        facts = target(target_name).inspect(model)
    except DermedgeError:
        # Another tool's file may hold what our own never do.
        return figures
    figures |= {"max_rank": float(facts.max_rank), "ops": float(sum(facts.ops.values()))}
    if target_name == "tflite":
        taken = xnnpack.measure(model)
        figures |= {
            "nodes": float(taken.nodes),
            "nodes_taken": float(taken.taken),
            "partitions": float(taken.partitions),
        }
    return figures


def rounds_of(row: BenchmarkRow) -> list[float]:
    """The median of each round in milliseconds; DataError where the row has none."""
    found = row.provenance.get("rounds_ms")
    if not isinstance(found, list) or not all(isinstance(ms, int | float) and math.isfinite(ms) for ms in found):
        raise DataError(f"the row of {title_of(row)} holds no rounds; measure it again with `benchmarks latency`")
    return [float(ms) for ms in found]


def title_of(row: BenchmarkRow) -> str:
    """What tells a row from the others of its benchmark."""
    stated = row.provenance.get("title")
    return str(stated) if stated else f"{row.model} {row.target} {row.scheme}"
