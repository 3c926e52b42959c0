"""What a row of figures says in one cell of a table."""

from __future__ import annotations

from benchmarks.latency_rows import title_of
from edge_app.runtime.timing import BenchmarkRow


def short_title(row: BenchmarkRow) -> str:
    """A row among others of its network; of ours the version alone, since their names repeat the network."""
    if row.provenance.get("role") == "own":
        return f"{row.target} {row.scheme}, ours ({row.model.split(' ')[-1]})"
    return title_of(row).removeprefix(f"{row.provenance.get('arch')} {row.provenance.get('side_px')} ")


def number(row: BenchmarkRow | None, name: str, form: str, unit: float = 1.0) -> str:
    """A figure of a row; empty where it has none."""
    return form.format(row.metrics[name] / unit) if row is not None and name in row.metrics else ""
