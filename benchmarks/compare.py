"""What got slower between two sets of rows, beyond their noise.

Times of two machines say nothing of a file: between such only ratios in floors are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from benchmarks import machine
from benchmarks.latency_rows import rounds_of, title_of
from benchmarks.ratios import TOO_FEW, Ratio, unpaired_ratio
from benchmarks.report.collect import collected
from benchmarks.tables import new_table
from edge_app.runtime.errors import ConfigError
from edge_app.runtime.timing import BenchmarkRow

# A machine differs from itself by that much from one hour to the next.
NOISE = 0.05
SLOWER, FASTER, AS_BEFORE = JUDGED = ("SLOWER", "faster", "as before")
REMEDY = "measure both on one machine or with `--peers` (floors), in six rounds or more"
NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One file, new over old, in floors or in milliseconds; `machines` are of the old and of the new row, in words,
    and empty where they are alike.
    """

    title: str
    threads: int
    ratio: Ratio
    noise: float
    in_floors: bool
    machines: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """SLOWER where even the low end of the interval is above the noise, faster where the high end is below it."""
        if self.machines and not self.in_floors:
            return NOT_COMPARABLE
        if self.ratio.interval is None:
            return TOO_FEW
        low, high = self.ratio.interval
        return SLOWER if low > 1.0 + self.noise else FASTER if high < 1.0 - self.noise else AS_BEFORE


def changes(old: Sequence[BenchmarkRow], new: Sequence[BenchmarkRow], noise: float) -> list[Change]:
    """For every file that both have: the last row of each, less what changed in the floor that both were measured with.

    A machine that is slower today makes the floor slower as well, so times are compared in floors where both rows have
    that of their network; otherwise as they are.
    """
    before = by_key(old)
    pairs = [(row, before[key]) for key, row in by_key(new).items() if key in before and not is_floor(row)]
    return [change(row, new, other, old, noise) for row, other in pairs]


def change(
    row: BenchmarkRow, rows: Sequence[BenchmarkRow], other: BenchmarkRow, others: Sequence[BenchmarkRow], noise: float
) -> Change:
    """One file of both."""
    in_floors = rounds_in_floors(row, rows, other, others)
    mine, theirs = in_floors or (rounds_of(row), rounds_of(other))
    alike = machine.identity(row.machine) == machine.identity(other.machine)
    return Change(
        title=title_of(row), threads=row.threads, ratio=unpaired_ratio(mine, theirs), noise=noise,
        in_floors=in_floors is not None,
        machines=() if alike else (machine.in_words(other.machine), machine.in_words(row.machine)),
    )  # fmt: skip


def by_key(rows: Sequence[BenchmarkRow]) -> dict[tuple[object, ...], BenchmarkRow]:
    """The last row of each file, one that has floors before one that has none."""
    return {key_of(row): row for row in sorted(rows, key=lambda row: bool(floors_of(row, rows)))}


def key_of(row: BenchmarkRow) -> tuple[object, ...]:
    """The same file in another run: what it is of, not which bytes."""
    facts = row.provenance
    return (facts.get("role"), facts.get("made_by"), facts.get("arch"), facts.get("side_px"), row.target, row.scheme,
            row.backend.split(" ")[0], row.threads)  # fmt: skip


def rounds_in_floors(
    row: BenchmarkRow, rows: Sequence[BenchmarkRow], other: BenchmarkRow, others: Sequence[BenchmarkRow]
) -> tuple[list[float], list[float]] | None:
    """The rounds of two rows over a floor that both were measured with; None where there is none."""
    theirs = {key_of(floor): floor for floor in floors_of(other, others)}
    for floor in floors_of(row, rows):
        if key_of(floor) in theirs:
            return over(row, floor), over(other, theirs[key_of(floor)])
    return None


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
    """A line for each file; no ratio of times on two machines."""
    shown = new_table(f"New over old{two_machines(found)}", "threads", "in", "ratio (95 %)", "")
    for one in found:
        ratio = "" if one.verdict == NOT_COMPARABLE else str(one.ratio)
        shown.add_row(one.title, str(one.threads), "floors" if one.in_floors else "ms", ratio, one.verdict)
    return shown


def two_machines(found: Sequence[Change]) -> str:
    """The old and the new machine in words, for a title or a line; empty where they are alike."""
    pairs = dict.fromkeys(one.machines for one in found if one.machines)
    return "".join(f"; old is of another machine ({old}) than new ({new})" for old, new in pairs)
