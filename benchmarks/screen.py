"""Tables on the terminal, and where their figures come from."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from edge_app.runtime.timing import BenchmarkRow

# A file or a pipe has no width, and a table cut to 80 columns loses words.
PIPED_COLUMNS = 140


def console() -> Console:
    """The terminal; wide where it is a file."""
    return Console(width=None if sys.stdout.isatty() else PIPED_COLUMNS, highlight=False)


def show(rows: Sequence[BenchmarkRow], tables: Sequence[Table], out: Path) -> None:
    """Print the tables, the machine and commit of the rows, and where these stand."""
    screen = console()
    for table in tables:
        screen.print(table)
    where, why = rows[0].machine, rows[0].provenance
    screen.print(f"{where['processor']}, {where['cores']} cores, {where['system']}; commit {why['commit']}")
    screen.print(f"rows: {out}", soft_wrap=True)
