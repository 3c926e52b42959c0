"""Where the rows come from: every command once, with its date, commit and machine."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import machine
from benchmarks.report.section import Section
from edge_app.runtime.timing import BenchmarkRow
from train.places import placeless

COMMIT_DIGITS = 12


def origin_section(rows: Sequence[BenchmarkRow]) -> Section:
    """A line for each command, commit and machine."""
    runs: dict[tuple[str, str, str], list[BenchmarkRow]] = {}
    for row in rows:
        runs.setdefault((commit_of(row), machine.in_words(row.machine), command_of(row)), []).append(row)
    lines = sorted((dates(mine), *told, str(len(mine))) for told, mine in runs.items())
    commits, machines = ([line[column] for line in lines] for column in (1, 2))
    return Section(
        title="Where it comes from",
        note=f"{several('commit', commits)} {several('machine', machines)}"
        + (" At a commit with + files differed from it." if any(one.endswith("+") for one in commits) else ""),
        header=("date", "commit", "machine", "command", "rows"),
        lines=tuple(lines),
        after=tuple(f"Versions: {one}." for one in dict.fromkeys(map(versions_of, rows)) if one),
    )


def several(what: str, values: Sequence[str]) -> str:
    """Whether all rows come from one commit, or machine, or from how many."""
    known = set(filter(None, values))
    if len(known) == 1 and all(values):
        return f"All rows come from one {what}."
    return f"Rows come from {len(known)} {what}{'' if len(known) == 1 else 's'}{'' if all(values) else ' and others'}."


def dates(rows: Sequence[BenchmarkRow]) -> str:
    """When the first row was written, and the last where that was later."""
    first, last = min(row.created for row in rows), max(row.created for row in rows)
    return first if first == last else f"{first} to {last}"


def command_of(row: BenchmarkRow) -> str:
    """The command without the folders that it was given in."""
    return str(placeless(row.provenance.get("command")) or "")


def commit_of(row: BenchmarkRow) -> str:
    """The commit, with "+" where files differed from it."""
    commit = str(row.provenance.get("commit") or "")
    return commit.rstrip("+")[:COMMIT_DIGITS] + ("+" if commit.endswith("+") else "")


def versions_of(row: BenchmarkRow) -> str:
    """The versions in words."""
    versions = row.provenance.get("versions")
    return ", ".join(f"{name} {value}" for name, value in versions.items()) if isinstance(versions, dict) else ""
