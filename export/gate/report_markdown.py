"""The gate's findings as Markdown, for pull requests and notebooks: what report.html says, in tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from edge_app.runtime.card import ModelCard
from export.gate.report_proof import failed_rows
from export.gate.wanting import independent, wanting

ROWS = ("", "photos", "before", "after", "lost / gained", "drop", "95 % bound", "allowed", "verdict")
CANDIDATES = ("scheme", "MB", "p50 ms", "times float", "agreement", "worst drop", "risk", "on selection", "why")
CONTROLS = ("ruined file", "photos", "accuracy drop", "the gate says", "fails")


def report_markdown(gate: Mapping[str, Any], card: ModelCard) -> str:
    """The page for `gate` (the content of gate.json) and the model's `card`."""
    blocks = [
        [f"# {card.name} {card.version}: {gate['scheme']} for {gate['target']}"],
        [summary(gate)],
        [gate["pooled"]["judges"]] if gate.get("pooled") else [],
        ["## Classes, tiers, accuracy"],
        table(ROWS, map(row_cells, judged_rows(gate))),
        ["## Candidates", "", "On the selection photos; the gate above saw only the one that was taken."],
        table(CANDIDATES, map(candidate_cells, gate["candidates"])),
        ["## Negative control"],
        table(CONTROLS, map(control_cells, gate["negative_control"])),
        calibration_lines(gate, card),
        [
            f"Checkpoint SHA-256 {card.checkpoint_sha256}; {plain(card.training_data)} ({plain(card.licence)})."
            f" {plain(card.disclaimer)}"
        ],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def summary(gate: Mapping[str, Any]) -> str:
    """Verdict, photos, size, and what is lacking."""
    photos = gate["photos"]
    text = (
        f"**{gate['verdict'].capitalize()}** on {photos['count']} photos of {plain(photos['data'])}"
        f" ({independent(photos)}): {gate['size_bytes'] / 1e6:.2f} MB, the same label as the float model for"
        f" {gate['agreement']:.2%} of the photos."
    )
    return f"{text} It would take {'; '.join(wanting(gate))}." if gate["verdict"] == "inconclusive" else text


def judged_rows(gate: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Classes, tiers and accuracy with their names."""
    accuracy = gate["accuracy"]
    everything = {**accuracy, "recall_float": accuracy["float"], "recall_exported": accuracy["exported"]}
    classes = [(f"`{row['label']}`", row) for row in gate["classes"]]
    tiers = [(f"tier {row['tier']}", row) for row in gate["tiers"]]
    return [*classes, *tiers, ("**accuracy**", everything)]


def row_cells(named: tuple[str, Mapping[str, Any]]) -> list[str]:
    """One class, tier or the accuracy."""
    name, row = named
    shares = [percent(row[key]) for key in ("recall_float", "recall_exported")]
    bounds = [percent(row[key]) for key in ("drop", "drop_upper_95", "tolerance")]
    return [name, str(row["support"]), *shares, f"{row['lost']} / {row['gained']}", *bounds, row["verdict"]]


def candidate_cells(row: Mapping[str, Any]) -> list[str]:
    """One candidate."""
    worst = "" if row["worst_class"] is None else f"{percent(row['worst_recall_drop'])} {row['worst_class']}"
    return [
        f"**{row['scheme']}**" if row["chosen"] else row["scheme"],
        "" if row["size_bytes"] is None else f"{row['size_bytes'] / 1e6:.2f}",
        "" if row["p50_ms"] is None else f"{row['p50_ms']:.2f}",
        "" if row["times_float"] is None else f"{row['times_float']:.2f}",
        percent(row["agreement"]), worst, "" if row.get("risk") is None else f"{row['risk']:.0%}",
        row["verdict"] or "", plain(row["why"]),
    ]  # fmt: skip


def control_cells(one: Mapping[str, Any]) -> list[str]:
    """One ruined file."""
    return [one["name"], str(one["photos"]), percent(one["accuracy_drop"]), one["verdict"], failed_rows(one)]


def calibration_lines(gate: Mapping[str, Any], card: ModelCard) -> list[str]:
    """The calibration set, where the file needs one."""
    record, found = card.calibration, gate.get("calibration")
    if record is None:
        return []
    halves = (
        f" Steps from its two halves differ by a factor of {found['median_step_ratio']:.3f} in the median tensor,"
        f" of {found['worst_step_ratio']:.2f} in the worst."
        if found
        else ""
    )
    return [
        f"Calibrated with {record['count']} photos of {plain(record['source'])} (SHA-256 {record['sha256']}).{halves}"
    ]


def plain(text: str) -> str:
    """Text from outside, such as the name of a folder, in one line that shows as it is: no HTML, no Markdown."""
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", escape(" ".join(text.split()), quote=False))


def percent(share: float | None) -> str:
    """A share with two decimals."""
    return "" if share is None else f"{share * 100:.2f} %"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *(f"| {' | '.join(row)} |" for row in rows)]
