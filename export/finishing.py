"""The end of an export: the judged file with its card inside, its report and its proofs, as a bundle or set aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_app.runtime.card import ModelCard, to_json
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import ConversionError
from export import bundle, compute_units
from export.checks import normalisation
from export.checks.check import Check
from export.checks.static import static_checks
from export.gate.control import Control
from export.gate.examine import Findings, size_of
from export.gate.gate_json import card_summary, gate_json
from export.gate.report import report_html
from export.gate.verdict import Verdict
from export.gate.working_report import write_working_report
from export.golden import golden_npz
from export.job import Export, card_of, opened
from export.progress import step
from export.quantize.candidate import Candidate
from export.thresholds import abstention_thresholds

# The card is embedded after the gate has run; these photos prove that the answers stayed as they were.
PROOF_PHOTOS = 3


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an export to one target came to: the verdict, where its files are, and what advice there is."""

    target: str
    verdict: Verdict
    place: Path
    gate: dict[str, Any]
    card: ModelCard
    candidates: tuple[Candidate, ...]
    signed: bool


def finished(
    export: Export,
    candidates: Sequence[Candidate],
    chosen: Candidate,
    findings: Findings,
    units: Sequence[compute_units.Unit],
    controls: Sequence[Control],
    key: Ed25519PrivateKey | None,
) -> Outcome:
    """Write card, gate, report, golden photos and manifest; a failed candidate goes to `rejected/`."""
    worst = compute_units.worst(findings, units)
    gate = gate_of(export, candidates, chosen, worst)
    card = final_card(export, chosen, gate)
    classifier, model = shipped(export, chosen, card, findings)
    gate["size_bytes"] = size_of(model)
    gate["calibration"] = chosen.stability
    gate["negative_control"] = [control.to_dict() for control in controls]
    gate["checks"] = [
        check.to_dict()
        for check in (*checks_of(export, classifier, model), *compute_units.checks(export.target.NAME, units))
    ]
    files = {
        **bundle.files_of(model, model.name),
        "card.json": to_json(card).encode(),
        "gate.json": (json.dumps(gate, indent=1, allow_nan=False) + "\n").encode(),
        "report.html": report_html(gate, card).encode(),
        "golden.npz": golden_npz(classifier),
    }
    working = export.options.report_of(export.target.NAME)
    if working is not None:
        write_working_report(working, gate, card, worst, with_photos=export.options.with_photos)
    verdict = worst.judgement.verdict
    if verdict is Verdict.FAIL:
        place = bundle.write_aside(export.out, bundle.REJECTED, files, export.place)
    else:
        place = export.out
        bundle.write_bundle(place, files, key, export.place, threads=export.options.threads)
    return Outcome(
        target=export.target.NAME, verdict=verdict, place=place, gate=gate, card=card, candidates=tuple(candidates),
        signed=key is not None,
    )  # fmt: skip


def gate_of(export: Export, candidates: Sequence[Candidate], chosen: Candidate, findings: Findings) -> dict[str, Any]:
    """The content of gate.json, before the checks of the file."""
    return gate_json(
        findings, candidates, target=export.target.NAME, scheme=chosen.scheme, chosen=chosen.scheme,
        checked=export.materials.apart_from,
    )  # fmt: skip


def checks_of(export: Export, classifier: Classifier, model: Path) -> list[Check]:
    """What the file alone tells: its own facts, the runtimes' view, and how often it normalises."""
    materials = export.materials
    with step("static checks"):
        found = static_checks(model, export.target.NAME, classifier.card.scheme)
    once = normalisation.check(lambda image: classifier.outputs(image).logits, materials.trained, materials.temperature)
    return [*found, once]


def final_card(export: Export, chosen: Candidate, gate: dict[str, Any]) -> ModelCard:
    """The card with outputs, thresholds and the gate's summary."""
    classifier, _ = opened(export, chosen)
    has_cam = classifier.outputs(export.materials.gate.photos.images[0]).cam is not None
    card = card_of(export, chosen.scheme, ("logits", "cam") if has_cam else ("logits",))
    findings = chosen.findings
    limits = None if findings is None else abstention_thresholds(findings.logits, findings.reference.photos.truth)
    return replace(card, thresholds=limits, gate=card_summary(gate))


def shipped(export: Export, chosen: Candidate, card: ModelCard, findings: Findings) -> tuple[Classifier, Path]:
    """The file with its card inside; ConversionError should that have changed its answers."""
    if chosen.model is not None:
        export.target.embed_card(chosen.model, to_json(card))
    classifier, model = opened(export, chosen, card)
    images = findings.reference.photos.images[:PROOF_PHOTOS]
    again = np.stack([classifier.outputs(image).logits for image in images])
    if not np.allclose(again, findings.logits[:PROOF_PHOTOS], rtol=1e-5, atol=1e-5):
        raise ConversionError(f"embedding the card changed the answers of {model.name}; report this with its target")
    return classifier, model
