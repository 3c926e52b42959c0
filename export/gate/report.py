"""report.html: the gate's findings on one page that needs nothing beside it and shows no photo of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from edge_app.runtime.card import ModelCard
from export.gate.report_plots import confusion_plot
from export.gate.report_proof import (
    CALIBRATION,
    CALIBRATION_OTHER,
    CONTROL,
    calibration_facts,
    control_table,
    fold_table,
)
from export.gate.report_scatter import candidate_plots
from export.gate.report_style import STYLE
from export.gate.report_tables import (
    candidate_table,
    check_table,
    class_table,
    facts,
    megabytes,
    percent,
    tier_table,
)
from export.gate.wanting import independent, wanting
from export.quantize.candidate import SLOWER
from export.quantize.risk import RISK_MAX

HEADLINES = {
    "pass": "Pass",
    "inconclusive": "Inconclusive",
    "fail": "Fail",
}
FAILURES_SHOWN = 4
PASSED_POOLED = "Every upper bound is within tolerance over the photos of all folds: the recipe of quantization holds."
PASSED = "Every upper bound is within tolerance: the file may stand in for the float model."
SIDES = (
    "Before is the float model, after is the shipped file through the runtime that phones use, both on the same pixels."
)
SIDES_POOLED = (
    "Before is each fold's float model, after its file through the runtime that phones use, on the same pixels."
)
TIMED = (
    "Each file was timed in turn with the float one: its share of the float file's time decides, and p50 is that share"
    f" of the float file's own p50. Within {SLOWER - 1:.0%} files are as fast as each other."
)
NOT_TIMED = "Times are this machine's, mean nothing for phones, and decide nothing."
METHOD = (
    " The dot is the drop, the line its one-sided 95 % upper bound (score method for paired proportions, Tango 1998;"
    " photos of one lesion or patient count by their design effect, Kish 1965, Rao and Scott 1992)."
    " The dashed line is the tolerance. A row passes when its bound does not cross it, and fails when more than one"
    " photo is lost on balance and the drop itself crosses it."
)


def report_html(gate: Mapping[str, Any], card: ModelCard) -> str:
    """The page for `gate` (the content of gate.json) and the model's `card`."""
    title = f"{card.name} {card.version}: {gate['scheme']} for {gate['target']}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<header><h1>{escape(title)}</h1><p>Export report{written(card)}</p></header>"
        + banner(gate)
        + tiles(gate)
        + pooled_section(gate)
        + section("Classes", (SIDES_POOLED if gate.get("pooled") else SIDES) + METHOD, class_table(gate, card.labels))
        + section("Risk tiers and accuracy", TIERS, tier_table(gate))
        + confusion_section(gate, card)
        + candidate_section(gate)
        + section("Negative control", CONTROL, control_table(gate))
        + optional_section(
            "Calibration",
            CALIBRATION if gate.get("calibration") else CALIBRATION_OTHER,
            calibration_facts(gate, card.calibration),
        )
        + check_section(gate)
        + model_section(gate, card)
        + f"<footer>{escape(card.disclaimer)}</footer></main></body></html>\n"
    )


TIERS = (
    "A tier counts a photo as right when the answer is of the same tier: a melanoma taken for another urgent class"
    " still is urgent. Accuracy has its own tolerance, without the allowance of one photo."
)


def written(card: ModelCard) -> str:
    """When the card was made."""
    return f", {escape(card.created)}" if card.created else ""


def section(title: str, note: str, content: str) -> str:
    """One box of the page."""
    return f'<section><h2>{escape(title)}</h2><p class="note">{escape(note)}</p>{content}</section>'


def optional_section(title: str, note: str, content: str) -> str:
    """A box, where there is something to put into it."""
    return section(title, note, content) if content else ""


def banner(gate: Mapping[str, Any]) -> str:
    """The verdict in a word and a sentence."""
    verdict = gate["verdict"]
    sentence = {
        "pass": lambda: PASSED_POOLED if gate.get("pooled") else PASSED,
        "inconclusive": lambda: doubt(gate),
        "fail": lambda: failure(gate),
    }[verdict]()
    return f'<div class="banner {verdict}"><b>{HEADLINES[verdict]}</b><span>{escape(sentence)}</span></div>'


def failure(gate: Mapping[str, Any]) -> str:
    """What fails, by how much."""
    rows = [("accuracy", gate["accuracy"])]
    rows += [(row["label"], row) for row in gate["classes"]] + [(f"tier {row['tier']}", row) for row in gate["tiers"]]
    failed = sorted((row["tolerance"] - row["drop"], name, row) for name, row in rows if row["verdict"] == "fail")
    shown = [
        f"{name} by {row['drop']:.1%} (allowed {row['tolerance']:.1%})" for _, name, row in failed[:FAILURES_SHOWN]
    ]
    more = f" and {len(failed) - FAILURES_SHOWN} more" if len(failed) > FAILURES_SHOWN else ""
    said = "More is lost than tolerated; this file must not stand in for the float model."
    return f"{said} Drops: {', '.join(shown)}{more}."


def doubt(gate: Mapping[str, Any]) -> str:
    """What an inconclusive gate lacks."""
    said = "No class or tier fails, but the photos do not prove every bound."
    return f"{said} At the present rates it would take {'; '.join(wanting(gate))}."


def tiles(gate: Mapping[str, Any]) -> str:
    """The figures that people ask for first."""
    accuracy, latency = gate["accuracy"], gate["latency_ms"]
    known = [row for row in gate["classes"] if row["drop"] is not None]
    worst = max(known, key=lambda row: row["drop"])
    drift = gate.get("drift", {}).get("balanced_accuracy", {})
    balanced = f"<br>balanced {percent(drift['float'])} → {percent(drift['exported'])}" if drift else ""
    items = [
        ("Accuracy", percent(accuracy["exported"]), f"before {percent(accuracy['float'])}{balanced}"),
        ("Worst recall drop", percent(worst["drop"]), escape(worst["label"])),
        ("Same answer as float", percent(gate["agreement"]), f"{gate['changed']['count']} answers changed"),
        ("Size", megabytes(gate["size_bytes"]), escape(gate["scheme"])),
        (
            "Time for a photo",
            f"{latency['p50']:.1f}&nbsp;ms",
            f"p95 {latency['p95']:.1f}&nbsp;ms, this machine, when gated",
        ),
    ]
    boxes = "".join(f'<div class="tile"><i>{k}</i><b>{v}</b><small>{more}</small></div>' for k, v, more in items)
    return f'<div class="tiles">{boxes}</div>'


def pooled_section(gate: Mapping[str, Any]) -> str:
    """What a verdict over folds is about, and each fold by itself; "" for the verdict on one file."""
    found = gate.get("pooled")
    return optional_section("Pooled over folds", found["judges"], fold_table(gate)) if found else ""


def confusion_section(gate: Mapping[str, Any], card: ModelCard) -> str:
    """Both confusion matrices, side by side."""
    tables = gate["confusion"]
    if tables is None:
        return ""
    labels = [label.code for label in card.labels]
    plots = "".join(
        f'<div class="scroll"><h3>{title}</h3>{confusion_plot(tables[name], labels)}</div>'
        for name, title in (
            ("float", "Before: float model"),
            ("exported", "After: files of all folds" if gate.get("pooled") else "After: shipped file"),
        )
    )
    note = "Rows are the true classes, columns the answers; the shade is the share of the row."
    return section("Confusion before and after", note, f'<div class="pair">{plots}</div>')


def candidate_section(gate: Mapping[str, Any]) -> str:
    """The schemes that were tried."""
    note = (
        "Schemes are chosen on selection photos; the gate above saw only the one that was taken."
        " Colours are verdicts on the selection photos; one that is hopeless after the first of them is stopped there."
        " Numbers at the dots are those of the table."
        f" {TIMED if any(row['times_float'] is not None for row in gate['candidates']) else NOT_TIMED}"
        f" Risk is how likely the gate was to fail the file, as foretold from them; up to {RISK_MAX:.0%} is accepted."
    )
    tolerances = {row["tolerance"] for row in gate["classes"]}
    if len(tolerances) > 1:
        note += " Classes have tolerances of their own, so no line marks what is allowed: the verdicts know."
    plots = candidate_plots(gate["candidates"], tolerances.pop() if len(tolerances) == 1 else None)
    return section("Candidates", note, plots + candidate_table(gate["candidates"]))


def check_section(gate: Mapping[str, Any]) -> str:
    """What could be told from the file alone."""
    checks = gate.get("checks", [])
    note = "What runtimes make of the file, before any phone has seen it. Rules of thumb are marked."
    return section("Static checks", note, check_table(checks)) if checks else ""


def model_section(gate: Mapping[str, Any], card: ModelCard) -> str:
    """What the file is made of and what was checked."""
    photos, limits = gate["photos"], card.thresholds
    apart = ", ".join(photos["apart_from"])
    pairs = [
        ("Architecture", f"{card.arch}, {len(card.labels)} classes, {card.fit.side_px} x {card.fit.side_px} px"),
        ("Photo", f"short side to {card.fit.resize_px} px ({card.fit.filter}), central {card.fit.side_px} px"),
        ("Checkpoint", f"SHA-256 {card.checkpoint_sha256}"),
        ("Training data", f"{card.training_data} ({card.licence})"),
        ("Gate photos", f"{photos['count']} of {photos['data']} ({independent(photos)})"),
        ("Apart from", f"photos of {apart}: none overlaps by file, lesion or patient" if apart else ""),
        ("Temperature", f"{card.temperature:.3f}, fitted on selection photos, inside the file"),
        (
            "Abstains",
            f"energy above {limits.energy_max:.2f} or best probability under {limits.confidence_min:.2f}"
            if limits
            else "",
        ),
        ("Probability drift", drift_text(gate.get("drift", {}))),
        ("Largest logit difference", f"{gate['max_logit_difference']:.4g}"),
        ("Runtime", str(gate.get("backend", ""))),
        ("Made with", ", ".join(f"{name} {version}" for name, version in card.tools.items())),
        ("Intended use", card.intended_use),
    ]
    return section("Model and method", "What the file is, where it comes from, and how it was checked.", facts(pairs))


def drift_text(drift: Mapping[str, Any]) -> str:
    """Figures of the probabilities before and after."""
    names = {"macro_auc": "macro AUC", "ece": "calibration error"}
    known = [(text, drift[name]) for name, text in names.items() if name in drift and drift[name]["float"] is not None]
    return ", ".join(f"{text} {pair['float']:.4f} → {pair['exported']:.4f}" for text, pair in known)
