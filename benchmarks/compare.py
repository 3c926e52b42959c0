"""What got slower between two sets of rows, beyond their noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from benchmarks.latency_rows import rounds_of, title_of
from benchmarks.ratios import Ratio, unpaired_ratio
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
        return self.ratio.low > 1.0 + self.noise

    @property
    def is_faster(self) -> bool:
        """Beyond the interval and the noise."""
        return self.ratio.high < 1.0 - self.noise


def changes(old: Sequence[BenchmarkRow], new: Sequence[BenchmarkRow], noise: float) -> list[Change]:
    """For every file that both have: the last row of each, less what changed in the floor that both were measured with.

    A machine that is slower today makes the floor slower as well, so times are compared in floors where both sets have
    that of the network; otherwise as they are.
    """
    before = {key_of(row): row for row in old}
    found = []
    for row in {key_of(row): row for row in new}.values():
        other = before.get(key_of(row))
        if other is None or row.provenance.get("role") == "floor":
            continue
        ratio = unpaired_ratio(in_floors(row, new, old), in_floors(other, old, new))
        found.append(Change(title=title_of(row), threads=row.threads, ratio=ratio, noise=noise))
    return found


def key_of(row: BenchmarkRow) -> tuple[object, ...]:
    """The same file in another run: what it is of, not which bytes."""
    facts = row.provenance
    return (facts.get("role"), facts.get("made_by"), facts.get("arch"), facts.get("side_px"), row.target, row.scheme,
            row.backend.split(" ")[0], row.threads)  # fmt: skip


def in_floors(row: BenchmarkRow, mine: Sequence[BenchmarkRow], other: Sequence[BenchmarkRow]) -> list[float]:
    """The rounds of a row over those of its run's floor, where the other set has such a floor, too."""
    floor = next((one for one in mine if is_floor(one) and one.provenance["run"] == row.provenance["run"]), None)
    if floor is None or not any(key_of(one) == key_of(floor) for one in other):
        return rounds_of(row)
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
        says = "SLOWER" if one.is_slower else "faster" if one.is_faster else "as before"
        shown.add_row(one.title, str(one.threads), str(one.ratio), says)
    return shown
