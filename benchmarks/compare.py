"""What got slower between two sets of rows, beyond their noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from benchmarks.latency_rows import rounds_of, title_of
from benchmarks.ratios import TOO_FEW, Ratio, unpaired_ratio
from benchmarks.report.collect import collected
from benchmarks.tables import new_table
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.timing import BenchmarkRow

# A machine differs from itself by that much from one hour to the next.
NOISE = 0.05


@dataclass(frozen=True, kw_only=True)
class Change:
    """One file, new over old; `is_slower` where even the low end of the interval is above the noise."""

    title: str
    threads: int
    ratio: Ratio
    noise: float

    @property
    def is_slower(self) -> bool:
        """Beyond the interval and the noise."""
        return self.ratio.interval is not None and self.ratio.interval[0] > 1.0 + self.noise

    @property
    def is_faster(self) -> bool:
        """Beyond the interval and the noise."""
        return self.ratio.interval is not None and self.ratio.interval[1] < 1.0 - self.noise


def changes(old: Sequence[BenchmarkRow], new: Sequence[BenchmarkRow], noise: float) -> list[Change]:
    """For every file that both have: the last row of each, less what changed in the floor that both were measured with.

    A machine that is slower today makes the floor slower as well, so times are compared in floors where both rows have
    that of their network; otherwise as they are.
    """
    before = by_key(old)
    found = []
    for key, row in by_key(new).items():
        if key not in before or is_floor(row):
            continue
        mine, other = in_one_unit(row, new, before[key], old)
        found.append(Change(title=title_of(row), threads=row.threads, ratio=unpaired_ratio(mine, other), noise=noise))
    return found


def by_key(rows: Sequence[BenchmarkRow]) -> dict[tuple[object, ...], BenchmarkRow]:
    """The last row of each file, one that has floors before one that has none."""
    return {key_of(row): row for row in sorted(rows, key=lambda row: bool(floors_of(row, rows)))}


def key_of(row: BenchmarkRow) -> tuple[object, ...]:
    """The same file in another run: what it is of, not which bytes."""
    facts = row.provenance
    return (facts.get("role"), facts.get("made_by"), facts.get("arch"), facts.get("side_px"), row.target, row.scheme,
            row.backend.split(" ")[0], row.threads)  # fmt: skip


def in_one_unit(
    row: BenchmarkRow, rows: Sequence[BenchmarkRow], other: BenchmarkRow, others: Sequence[BenchmarkRow]
) -> tuple[list[float], list[float]]:
    """The rounds of two rows over a floor that both were measured with, or both in milliseconds."""
    theirs = {key_of(floor): floor for floor in floors_of(other, others)}
    for floor in floors_of(row, rows):
        if key_of(floor) in theirs:
            return over(row, floor), over(other, theirs[key_of(floor)])
    return rounds_of(row), rounds_of(other)


def floors_of(row: BenchmarkRow, rows: Sequence[BenchmarkRow]) -> list[BenchmarkRow]:
    """The floors of the row's network and threads from the row's own run."""

    def place(one: BenchmarkRow) -> tuple[object, ...]:
        return (*(one.provenance.get(name) for name in ("run", "arch", "side_px")), one.threads)

    return [one for one in rows if is_floor(one) and place(one) == place(row)]


def over(row: BenchmarkRow, floor: BenchmarkRow) -> list[float]:
    """The rounds of a row in rounds of a floor."""
    return [ms / floor_ms for ms, floor_ms in zip(rounds_of(row), rounds_of(floor), strict=True)]


def is_floor(row: BenchmarkRow) -> bool:
    """Whether a row is of a matrix product."""
    return row.provenance.get("role") == "floor"


def compared(old: Path, new: Path, noise: float) -> list[Change]:
    """The changes between two folders of rows; ConfigError where they have no file in common."""
    found = changes(collected(old).latency, collected(new).latency, noise)
    if not found:
        raise ConfigError(f"{old} and {new} have no timed file in common; compare runs over the same bundles")
    return found


def table(found: Sequence[Change]) -> Table:
    """A line for each file."""
    shown = new_table("New over old", "threads", "ratio (95 %)", "")
    for one in found:
        shown.add_row(one.title, str(one.threads), str(one.ratio), verdict(one))
    return shown


def verdict(change: Change) -> str:
    """What a line of the table ends with."""
    if change.ratio.interval is None:
        return TOO_FEW
    return "SLOWER" if change.is_slower else "faster" if change.is_faster else "as before"
