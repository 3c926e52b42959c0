"""Benchmark rows as tables for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.parity import verdict
from edge_app.runtime.timing import BenchmarkRow

if TYPE_CHECKING:
    from benchmarks.executor import Examination
    from benchmarks.parity_matrix import Matrix

# As many as a line of 140 characters holds.
MATRIX_COLUMNS = 12


def parity_table(rows: Sequence[BenchmarkRow]) -> Table:
    """Golden photos through every runtime: difference, agreement, verdict."""
    table = new_table("Golden photos", "runtime", "photos", "max |logit diff|", "allowed", "same label", "")
    for row in rows:
        table.add_row(title_of(row), row.backend, *golden_cells(row))
    return table


def golden_cells(row: BenchmarkRow) -> tuple[str, ...]:
    """Photos, difference, what is allowed, agreement, verdict; no figures where the runtime failed."""
    found = row.metrics
    if "failed" in row.provenance:
        return ("", "", "", "", verdict(row))
    return (
        f"{found['photos']:.0f} of {found.get('golden_photos', found['photos']):.0f}",
        f"{found['max_logit_difference']:.2e}",
        f"{found['tolerance']:.2e}",
        f"{found['agreement']:.1%}",
        verdict(row),
    )


def matrix_tables(found: Matrix) -> list[Table]:
    """What answered, by number; then the largest difference of a logit over the share of equal labels, of every two."""
    title = f"Largest difference of a logit, same label ({found.model}, photos of {found.data})"
    names = new_table(title, "runtime", "photos")
    numbers = [str(number) for number in range(1, len(found.titles) + 1)]
    for row in zip(numbers, found.titles, map(str, found.photos), strict=True):
        names.add_row(*row)
    made = [names]
    for start in range(0, len(numbers), MATRIX_COLUMNS):
        columns = slice(start, start + MATRIX_COLUMNS)
        table = new_table("", *numbers[columns])
        for line, number in enumerate(numbers):
            pairs = zip(found.difference[line, columns], found.agreement[line, columns], strict=True)
            table.add_row(number, *(f"{difference:.1e}\n{agreement:.0%}" for difference, agreement in pairs))
        made.append(table)
    for table in made:
        table.columns[0].header = ""
    return made


def file_tables(rows: Sequence[BenchmarkRow]) -> list[Table]:
    """A table for each checkpoint, one line for each file and what ran it: what it is, how it answers beside torch."""
    models = dict.fromkeys(row.model for row in rows)
    return [file_table(model, [row for row in rows if row.model == model]) for model in models]


def file_table(model: str, rows: Sequence[BenchmarkRow]) -> Table:
    """The files of one checkpoint."""
    columns = ("runs as", "MB", "rank", "ops", "parts", "photos", "max diff", "diff rms", "same label", "s a photo")
    table = new_table(f"{model}: logits against torch", *columns)
    table.columns[0].header = "file"
    for row in rows:
        table.add_row(f"{row.target} {row.scheme}", short_backend(row.backend), *file_figures(row.metrics))
    return table


def file_figures(found: Mapping[str, float]) -> list[str]:
    """Figures of one file, in the order of the columns."""
    return [
        f"{found['size_bytes'] / 1e6:.2f}",
        f"{found['max_rank']:.0f}",
        f"{found['ops']:.0f}",
        f"{found['partitions']:.0f}" if "partitions" in found else "",
        f"{found['photos']:.0f}",
        f"{found['max_logit_difference']:.2g}",
        f"{found['relative_logit_rms']:.2%}",
        f"{found['agreement']:.1%}",
        f"{found['seconds_per_photo']:.3f}",
    ]


def executor_table(found: Sequence[Examination]) -> Table:
    """One line a CoreML package on the executor."""
    columns = ("side px", "op kinds", "ops", "ops a photo", "fp32 s", "fp16 s", "max |fp16 - fp32|")
    table = new_table("CoreML packages on the MIL executor", *columns)
    table.columns[0].header = "file"
    for one in found:
        counts = (one.side_px, len(one.ops), sum(one.ops.values()), one.steps)
        seconds = f"{one.fp32.seconds:.3f}", f"{one.fp16.seconds:.3f}"
        file = "/".join(one.path.parts[-4:]).removesuffix("/model.mlpackage")
        table.add_row(file, *map(str, counts), *seconds, f"{one.fp16_difference:.2e}")
    return table


def short_backend(name: str) -> str:
    """`mil-executor (semantics of the file, ...), fp16` as `mil-executor fp16`; others as they are."""
    return re.sub(r" \(.*\),", "", name)


def title_of(row: BenchmarkRow) -> str:
    """What tells one bundle from another in a table."""
    return f"{row.model} {row.target} {row.scheme}"


def new_table(title: str, *columns: str) -> Table:
    """An empty table: bundles in the first column, figures to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("bundle", overflow="fold")
    for column in columns:
        table.add_column(column, justify="left" if column in {"figure", "runtime", ""} else "right")
    return table
