"""Rows of the files that the gate refused: they cannot be opened as bundles, so nothing else would tell of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import machine
from benchmarks.rows import read_rows, write_rows
from edge_app.runtime.timing import BenchmarkRow
from export.gate.verdict import Verdict

if TYPE_CHECKING:
    from export.finishing import Outcome

BENCHMARK, FILE = "refused", "refused.jsonl"


def note(out: Path, outcome: Outcome) -> None:
    """Put a refused file's row into `out` in place of an older one; take that out once the gate lets it through.

    `out` is there even where nothing was refused.
    """
    row = refused_row(outcome)
    before = read_rows(out) if out.exists() else []
    others = [one for one in before if key_of(one) != key_of(row)]
    found = [*others, row] if outcome.verdict is Verdict.FAIL else others
    if found != before or not out.exists():
        write_rows(found, out)


def key_of(row: BenchmarkRow) -> tuple[object, ...]:
    """The same file of another export."""
    return (row.provenance["arch"], row.provenance["side_px"], row.target, row.scheme)


def refused_row(outcome: Outcome) -> BenchmarkRow:
    """What the gate measured of a file, and what it lost most by."""
    card, gate = outcome.card, outcome.gate
    worst = worst_loss(gate)
    return BenchmarkRow(
        benchmark=BENCHMARK, model=f"{card.name} {card.version}", backend=gate["backend"], target=card.target,
        scheme=card.scheme, threads=0, machine=machine.machine(), created=machine.now(),
        metrics={
            "accuracy": gate["accuracy"]["exported"], "accuracy_float": gate["accuracy"]["float"],
            "gate_photos": float(gate["photos"]["count"]), "worst_drop": worst["drop"],
        },
        provenance={
            **machine.provenance(), "arch": card.arch, "side_px": card.fit.side_px, "gate": gate["verdict"],
            "gate_data": gate["photos"]["data"], "worst": worst["name"], "why": in_words(worst),
        },
    )  # fmt: skip


def worst_loss(gate: dict[str, Any]) -> dict[str, Any]:
    """The class, tier or accuracy that failed with the largest drop; the largest drop of all where none failed."""
    rows = [
        {"name": "accuracy", **gate["accuracy"]},
        *(
            {"name": f"recall of {row.get('label') or row['tier']}", **row}
            for row in (*gate["classes"], *gate["tiers"])
        ),
    ]
    known = [row for row in rows if row["drop"] is not None]
    return max(known, key=lambda row: (row["verdict"] == Verdict.FAIL, row["drop"]))


def in_words(row: dict[str, Any]) -> str:
    """Why it was refused."""
    return (
        f"{row['name']} drops by {row['drop']:.1%} ({row['lost']} lost, {row['gained']} gained of {row['support']}"
        f" photos); {row['tolerance']:.1%} is allowed"
    )
