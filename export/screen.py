"""What an export prints at its end: the classes, the candidates, the verdict and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from export import compute_units
from export.compute_units import COREML
from export.conversion import NotMade
from export.finishing import Outcome
from export.gate.examine import Findings
from export.gate.gate_json import gate_json
from export.gate.verdict import Verdict
from export.gate.wanting import wanting
from export.keys import public_path
from export.options import Options

# Twice the balanced accuracy of guessing.
GUESSING = 2.0
DRIFT = {"balanced_accuracy": "balanced accuracy", "macro_auc": "macro AUC", "ece": "calibration error"}
# Otherwise there is no outcome.
CONTROL = "control: the gate fails the two ruined files, as it must"
COLOURS = {"pass": "green", "inconclusive": "yellow", "fail": "red"}


def show(outcomes: Mapping[str, Outcome | NotMade], options: Options, console: Console) -> None:
    """Tables and closing lines of each target; of several, a table of all of them last."""
    for outcome in outcomes.values():
        if isinstance(outcome, Outcome):
            gate = outcome.gate
            title = f"Gate: {gate['scheme']} for {gate['target']} on {gate['photos']['count']} photos"
            console.print(class_table(gate, title))
            console.print(candidate_table(outcome))
            for line in closing(outcome, options):
                console.print(line, highlight=False, soft_wrap=True)
    if len(outcomes) > 1:
        console.print(target_table(outcomes))


def show_findings(model: Path, findings: Findings, console: Console) -> None:
    """The gate's table and verdict on a file that is there already."""
    gate = gate_json(findings, (), target="", scheme=model.name, chosen="", checked=())
    console.print(class_table(gate, f"Gate: {model.name} on {len(findings.reference.photos)} photos"))
    for line in (
        f"same answer as the float model: {findings.agreement:.2%} ({gate['changed']['count']} photos changed)",
        f"largest difference of a logit:  {findings.max_logit_difference:.4g}",
        *(f"{called}: {told(gate['drift'][name])}" for name, called in DRIFT.items()),
        f"McNemar p of the accuracy: {gate['accuracy']['mcnemar_p']:.3g}",
        f"run by: {escape(findings.backend)}",
        CONTROL,
        f"verdict: {coloured(findings.judgement.verdict.value)}",
        *(f"wanting: {escape(phrase)}" for phrase in wanting(gate)),
    ):
        console.print(line, highlight=False, soft_wrap=True)


def told(pair: Mapping[str, float | None]) -> str:
    """A figure before and after."""
    return " -> ".join("unknown" if pair[name] is None else f"{pair[name]:.3f}" for name in ("float", "exported"))


def target_table(outcomes: Mapping[str, Outcome | NotMade]) -> Table:
    """One row a target: what was taken, how it did on the gate's photos."""
    table = Table(title="Targets, on the gate's photos", box=SIMPLE_HEAD, title_justify="left", show_edge=False)
    for name in ("target", "scheme"):
        table.add_column(name, no_wrap=True)
    for name in ("MB", "agreement", "worst drop"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("where", overflow="fold")
    for name, outcome in outcomes.items():
        if isinstance(outcome, NotMade):
            table.add_row(name, "", "", "", "", "[red]none[/]", escape(str(outcome.error)))
            continue
        gate = outcome.gate
        known = [row for row in gate["classes"] if row["drop"] is not None]
        worst = max(known, key=lambda row: row["drop"])
        table.add_row(
            name, gate["scheme"], f"{gate['size_bytes'] / 1e6:.2f}", percent(gate["agreement"]),
            f"{percent(worst['drop'])} {escape(worst['label'])}", coloured(gate["verdict"]), escape(str(outcome.place)),
        )  # fmt: skip
    return table


def class_table(gate: Mapping[str, Any], title: str) -> Table:
    """Classes, tiers and accuracy of gate.json, before and after."""
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("class", no_wrap=True)
    for name in ("photos", "before", "after", "drop", "bound", "allowed"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    overall = {**gate["accuracy"], "recall_float": gate["accuracy"]["float"]}
    overall["recall_exported"] = gate["accuracy"]["exported"]
    rows = [(row["label"], row) for row in gate["classes"]]
    rows += [(f"tier {row['tier']}", row) for row in gate["tiers"]] + [("accuracy", overall)]
    for k, (name, row) in enumerate(rows):
        shares = ("recall_float", "recall_exported", "drop", "drop_upper_95", "tolerance")
        cells = [percent(row[share]) for share in shares]
        last = k in (len(gate["classes"]) - 1, len(rows) - 2)
        table.add_row(escape(name), str(row["support"]), *cells, coloured(row["verdict"]), end_section=last)
    return table


def candidate_table(outcome: Outcome) -> Table:
    """The schemes, on the selection photos."""
    table = Table(
        title="Candidates, on the selection photos",
        box=SIMPLE_HEAD,
        title_justify="left",
        padding=(0, 1),
        pad_edge=False,
    )
    table.add_column("scheme", no_wrap=True)
    for name in ("MB", "p50 ms", "agreement", "worst drop", "risk"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("why", overflow="fold")
    for row in outcome.gate["candidates"]:
        worst = (
            "" if row["worst_class"] is None else f"{percent(row['worst_recall_drop'])} {escape(row['worst_class'])}"
        )
        table.add_row(
            f"[bold]{escape(row['scheme'])}[/]" if row["chosen"] else escape(row["scheme"]),
            "" if row["size_bytes"] is None else f"{row['size_bytes'] / 1e6:.2f}",
            "" if row["p50_ms"] is None else f"{row['p50_ms']:.1f}",
            percent(row["agreement"]),
            worst,
            "" if row["risk"] is None else f"{row['risk']:.0%}",
            coloured(row["verdict"]) if row["verdict"] else "",
            escape(row["why"]),
        )
    return table


def closing(outcome: Outcome, options: Options) -> list[str]:
    """The verdict, where the files are, and the next command."""
    place, verdict = escape(str(outcome.place)), outcome.verdict
    lines = [f"verdict: {coloured(verdict.value)}", f"report:  {place}/report.html", CONTROL, *warnings(outcome)]
    if outcome.gate["pooled"]:
        lines.append(f"judged:  {outcome.gate['pooled']['judges']}")
    if verdict is Verdict.FAIL:
        return [*lines, f"no bundle was written; the candidate is in {place}", f"next: {advice(outcome)}"]
    if verdict is Verdict.INCONCLUSIVE:
        lines.append(f"the photos do not settle it: {escape('; '.join(wanting(outcome.gate)))}")
    lines.append(f"bundle:  {place} ({'signed' if outcome.signed else 'not signed'})")
    return [*lines, f"next:    {next_command(outcome, options)}"]


def warnings(outcome: Outcome) -> list[str]:
    """What makes the verdict say little: a float model that hardly beats guessing has nothing to lose."""
    balanced = outcome.gate["drift"]["balanced_accuracy"]["float"]
    if balanced >= GUESSING / len(outcome.card.labels):
        return []
    return [f"warning: the float model itself is hardly better than guessing (balanced accuracy {percent(balanced)})"]


def advice(outcome: Outcome) -> str:
    """What may help after a failure."""
    failed = outcome.gate["scheme"]
    others = [
        c for c in outcome.candidates
        if c.scheme != failed and c.verdict is not Verdict.FAIL and c.model is not None
    ]  # fmt: skip
    if others:
        return f"try --scheme {others[0].scheme}"
    if failed != "fp32":
        return "try --scheme fp32, or other --calibration-data"
    return "the conversion itself changes answers; compare the versions in card.json with requirements/"


def next_command(outcome: Outcome, options: Options) -> str:
    """How to answer for a photo with the new bundle; where this system has no runtime for it, how to check it."""
    trust = "--allow-unsigned"
    if options.sign_key is not None and Path(public_path(options.sign_key)).is_file():
        trust = f"--trusted-key {public_path(options.sign_key)}"
    if outcome.target == COREML and not compute_units.apply(outcome.target):
        return escape(f"python export.py verify {outcome.place} {trust}")
    return escape(f"python -m edge_app predict --bundle {outcome.place} {trust} PHOTO_OR_FOLDER")


def coloured(verdict: str) -> str:
    """A verdict in its colour."""
    return f"[{COLOURS[verdict]}]{verdict}[/]"


def percent(share: float | None) -> str:
    """A share with one decimal."""
    return "" if share is None else f"{share * 100:.1f} %"
