"""What the report says of the gate itself and of the calibration: may their findings be believed?"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from export.gate.report_tables import facts, percent

# Of a checkpoint's SHA-256, as in the version of a card.
DIGITS = 8
CONTROL = (
    "The same gate, over files that are ruined on purpose. It must fail both, or the export stops: a gate that cannot"
    " fail says nothing."
)
CALIBRATION = (
    "Photos that set the ranges of the 8-bit activations. The ranges were read back from the file. Steps from one half"
    " of the photos against steps from the other half say whether the photos suffice."
)
CALIBRATION_OTHER = "Photos that the file was corrected or trained with; none is the gate's."
EXPLAINED = {
    "permuted head": "every class answers for the next one",
    "zeroed layer": "the weights of the first layer are 0",
}


def control_table(gate: Mapping[str, Any]) -> str:
    """One row for each ruined file: how much it loses, and below it in which rows it fails."""
    rows = [
        f'<tr class="figures"><td class="l"><b>{escape(one["name"])}</b>'
        f'<small class="below">{escape(EXPLAINED.get(one["name"], ""))}</small></td>'
        f'<td data-k="photos"><span>{one["photos"]}</span></td>'
        f'<td data-k="accuracy drop"><span>{percent(one["accuracy_drop"])}</span></td>'
        f'<td data-k="worst recall drop"><span>{percent(one["worst_recall_drop"])}'
        f" {escape(one['worst_class'])}</span></td>"
        f'<td data-k="gate says"><span class="chip {one["verdict"]}">{one["verdict"]}</span></td></tr>'
        f'<tr><td class="l quiet" colspan="5">Fails: {escape(failed_rows(one))}</td></tr>'
        for one in gate["negative_control"]
    ]
    heads = ["photos", "accuracy drop", "worst recall drop", "gate says"]
    head = "<th class=l>ruined file</th>" + "".join(f"<th>{text}</th>" for text in heads)
    return f'<table class="stack"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def failed_rows(control: Mapping[str, Any]) -> str:
    """Where a ruined file fails, in words."""
    everything = ["accuracy"] if control["accuracy_verdict"] == "fail" else []
    tiers = [f"tier {name}" for name in control["failed_tiers"]]
    return ", ".join([*everything, *control["failed_classes"], *tiers])


def fold_table(gate: Mapping[str, Any]) -> str:
    """One row for each fold of a pooled gate."""
    rows = [
        f'<tr><td class="l"><b>{one["fold"]} of {one["of"]}</b>'
        f'<small class="below">{"shipped; " if one["shipped"] else ""}checkpoint'
        f" {escape(one['checkpoint_sha256'][:DIGITS])}</small></td>"
        f'<td data-k="photos"><span>{one["photos"]}</span></td>'
        f'<td data-k="same answer"><span>{percent(one["agreement"])}</span></td>'
        f'<td data-k="by itself"><span class="chip {one["verdict"]}">{one["verdict"]}</span></td></tr>'
        for one in gate["pooled"]["folds"]
    ]
    head = "<th class=l>fold</th><th>photos</th><th>same answer as float</th><th>by itself</th>"
    return f'<table class="stack"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def calibration_facts(gate: Mapping[str, Any], record: Mapping[str, Any] | None) -> str:
    """Count, source, hash and how stable the ranges are; "" for files without calibrated ranges."""
    if record is None:
        return ""
    found = gate.get("calibration")
    pairs = [
        ("Photos", f"{record['count']} of {record['source']}, classes as equal as they can be"),
        ("SHA-256 of their pixels", str(record["sha256"])),
    ]
    if found:
        pairs += [
            ("Halves agree", f"steps differ by a factor of {found['median_step_ratio']:.3f} in the median tensor,"
             f" of {found['worst_step_ratio']:.2f} in the worst of {found['tensors']}"),
            ("Within 10 %", f"{found['within_10_percent']:.1%} of the tensors"),
        ]  # fmt: skip
    return facts(pairs)
