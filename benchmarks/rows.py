"""Figures with their provenance, and the file of JSON lines that they stand in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import DataError
from edge_app.runtime.timing import BenchmarkRow


def row_of(
    bundle: Bundle, *, benchmark: str, backend: str, threads: int, metrics: dict[str, float], **facts: str
) -> BenchmarkRow:
    """A row about `bundle`, measured here and now; `facts` join its provenance."""
    card = bundle.card
    return BenchmarkRow(
        benchmark=benchmark,
        model=f"{card.name} {card.version}",
        backend=backend,
        target=card.target,
        scheme=card.scheme,
        threads=threads,
        metrics=metrics,
        machine=machine.machine(),
        provenance={**machine.provenance(), **facts_of(bundle), **facts},
        created=machine.now(),
    )


def facts_of(bundle: Bundle) -> dict[str, str]:
    """Which bundle a row is about, for its provenance."""
    return {"bundle_sha256": bundle.sha256, "gate": bundle.gate["verdict"]}


def write_rows(rows: Sequence[BenchmarkRow], out: Path) -> Path:
    """`out`, JSON lines: written whole or left as it was; its folder is made."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    try:
        partial.write_text("".join(row.to_json() + "\n" for row in rows), encoding="utf-8")
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)
    return out


def read_rows(path: Path) -> list[BenchmarkRow]:
    """The rows in `path`; DataError with the line's number where one is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8, so it holds no rows; take it out of the folder") from error
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows += [BenchmarkRow.from_json(line)] if line.strip() else []
        except DataError as error:
            raise DataError(f"{path}, line {number}: {error}") from error
    return rows
