"""The export: convert, choose, judge, and write a bundle whole or set the candidate aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_app.runtime.card import ModelCard, to_json
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BackendError, ConfigError, ConversionError, GateError
from export import bundle
from export.card_making import make_card, needs_calibration
from export.checks import normalisation
from export.checks.check import Check
from export.checks.check import Outcome as CheckOutcome
from export.checks.file_facts import checks as file_checks
from export.checks.static import static_checks
from export.gate.examine import Findings, Reference, examine, size_of
from export.gate.gate_json import card_summary, gate_json
from export.gate.report import report_html
from export.gate.runner import open_model
from export.gate.verdict import Verdict
from export.golden import golden_npz
from export.keys import load_private
from export.lowering import lower
from export.materials import Materials, gather
from export.options import AUTO, Options
from export.progress import say, step
from export.quantize.ladder import Candidate, choose, closest, convert_all, explained, try_in_turn
from export.targets import target as target_module
from export.thresholds import abstention_thresholds

# The card is embedded after the gate has run; these photos prove that the answers stayed as they were.
PROOF_PHOTOS = 3


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an export came to: the verdict, where its files are, and what advice there is."""

    verdict: Verdict
    place: Path
    gate: dict[str, Any]
    card: ModelCard
    candidates: tuple[Candidate, ...]
    signed: bool


@dataclass(frozen=True, kw_only=True)
class Export:
    """One run of the export: what was asked for, with what, into which format, worked on where."""

    options: Options
    materials: Materials
    target: ModuleType
    place: Path


def convert(options: Options) -> Outcome:
    """Export as `options` say: a bundle at `options.out`, or a rejected candidate beside it when the gate fails.

    Raises a DermedgeError for input that cannot be used; then nothing is left behind but, where a file could be made
    and only the gate could not run, that file in `unverified/`.
    """
    target = target_module(options.target)
    schemes = schemes_of(options, target)
    key = None if options.sign_key is None else load_private(options.sign_key)
    bundle.refuse_strange_place(options.out)
    with bundle.workplace(options.out) as place:
        materials = gather(options, calibrate=any(needs_calibration(scheme) for scheme in schemes))
        export = Export(options=options, materials=materials, target=target, place=place)
        candidates, chosen = selected(export, schemes)
        findings = judged(export, chosen)
        return finished(export, candidates, chosen, findings, key)


def schemes_of(options: Options, target: ModuleType) -> tuple[str, ...]:
    """The schemes to try."""
    if options.scheme == AUTO:
        return tuple(target.SCHEMES)
    if options.scheme not in target.SCHEMES:
        allowed = ", ".join((*target.SCHEMES, AUTO))
        raise ConfigError(f"--scheme is {options.scheme!r}; allowed for {options.target}: {allowed}")
    return (options.scheme,)


def selected(export: Export, schemes: Sequence[str]) -> tuple[list[Candidate], Candidate]:
    """All candidates with their reasons, and the one to gate."""
    options, materials = export.options, export.materials
    module = lower(materials.trained, temperature=materials.temperature, layout=export.target.LAYOUT)

    def convert_to(scheme: str) -> Path:
        calibration = materials.calibration if needs_calibration(scheme) else None
        out = export.place / scheme / f"model{export.target.SUFFIX}"
        out.parent.mkdir()
        photos = None if calibration is None else list(calibration.images)
        side_px = materials.trained.fit.side_px
        export.target.convert(module, side_px=side_px, scheme=scheme, calibration=photos, out=out, report=say)
        refuse_broken_promises(export.target, out, scheme)
        return out

    if len(schemes) == 1:
        made = [Candidate(scheme=schemes[0], model=convert_to(schemes[0]))]
    else:
        made = convert_all(schemes, convert_to)
    tried = try_in_turn(made, lambda c: examined(export, c, materials.selection, "selection"), every_one=options.full)
    chosen = choose(tried) or closest(tried)
    if chosen is None:
        raise not_run(export, tried)
    return explained(tried, choose(tried)), chosen


def refuse_broken_promises(target: ModuleType, model: Path, scheme: str) -> None:
    """ConversionError for a file that is not what its scheme says, such as an "int8" one that computes in float."""
    failed = [check for check in file_checks(target.inspect(model), scheme) if check.outcome is CheckOutcome.FAIL]
    if failed:
        raise ConversionError(f"the {scheme} file breaks its promise ({failed[0].name}): {failed[0].summary}")


def examined(export: Export, candidate: Candidate, reference: Reference, what: str) -> Findings:
    """The findings of a candidate's file on the photos of `reference`."""
    classifier, model = opened(export, candidate)
    return examine(classifier, model, reference, export.materials.tolerances, what)


def opened(export: Export, candidate: Candidate, card: ModelCard | None = None) -> tuple[Classifier, Path]:
    """The candidate's file in the runtime that phones use, and the file."""
    if candidate.model is None:
        raise ConversionError(f"there is no {candidate.scheme} file: {candidate.why}")
    card = card or make_card(export.options, export.materials, candidate.scheme, ("logits",))
    return open_model(candidate.model, card, export.options.threads), candidate.model


def judged(export: Export, chosen: Candidate) -> Findings:
    """The gate. A candidate that already fails on the selection photos under `auto` does not get to see the gate's."""
    if chosen.findings is not None and chosen.verdict is Verdict.FAIL and export.options.scheme == AUTO:
        return chosen.findings
    try:
        return examined(export, chosen, export.materials.gate, "gate")
    except BackendError as error:
        raise not_run(export, [replace(chosen, why=str(error))]) from error


def not_run(export: Export, candidates: Sequence[Candidate]) -> GateError:
    """Set the first file aside as unverified; the error that says so."""
    made = next((c for c in candidates if c.model is not None), None)
    if made is None or made.model is None:
        return GateError(f"no scheme could be converted: {'; '.join(f'{c.scheme} {c.why}' for c in candidates)}")
    card = make_card(export.options, export.materials, made.scheme, ("logits",))
    files = {**bundle.files_of(made.model, made.model.name), "card.json": to_json(card).encode()}
    place = bundle.write_aside(export.options.out, bundle.UNVERIFIED, files, export.place)
    return GateError(f"the gate could not run ({made.why}); the {made.scheme} file is in {place}: do not ship it")


def finished(
    export: Export,
    candidates: Sequence[Candidate],
    chosen: Candidate,
    findings: Findings,
    key: Ed25519PrivateKey | None,
) -> Outcome:
    """Write card, gate, report, golden photos and manifest; a failed candidate goes to `rejected/`."""
    options, materials = export.options, export.materials
    gate = gate_json(
        findings, candidates, target=options.target, scheme=chosen.scheme, chosen=chosen.scheme,
        checked=materials.apart_from,
    )  # fmt: skip
    card = final_card(export, chosen, gate)
    classifier, model = shipped(export, chosen, card, findings)
    gate["size_bytes"] = size_of(model)
    gate["checks"] = [check.to_dict() for check in checks_of(export, classifier, model)]
    files = {
        **bundle.files_of(model, model.name),
        "card.json": to_json(card).encode(),
        "gate.json": (json.dumps(gate, indent=1, allow_nan=False) + "\n").encode(),
        "report.html": report_html(gate, card).encode(),
        "golden.npz": golden_npz(classifier),
    }
    if findings.judgement.verdict is Verdict.FAIL:
        place = bundle.write_aside(options.out, bundle.REJECTED, files, export.place)
    else:
        place = options.out
        bundle.write_bundle(place, files, key, export.place, threads=options.threads)
    return Outcome(
        verdict=findings.judgement.verdict, place=place, gate=gate, card=card, candidates=tuple(candidates),
        signed=key is not None,
    )  # fmt: skip


def checks_of(export: Export, classifier: Classifier, model: Path) -> list[Check]:
    """What the file alone tells: its own facts, the runtimes' view, and how often it normalises."""
    materials = export.materials
    with step("static checks"):
        found = static_checks(model, export.options.target, classifier.card.scheme)
    once = normalisation.check(lambda image: classifier.outputs(image).logits, materials.trained, materials.temperature)
    return [*found, once]


def final_card(export: Export, chosen: Candidate, gate: dict[str, Any]) -> ModelCard:
    """The card with outputs, thresholds and the gate's summary."""
    classifier, _ = opened(export, chosen)
    has_cam = classifier.outputs(export.materials.gate.photos.images[0]).cam is not None
    card = make_card(export.options, export.materials, chosen.scheme, ("logits", "cam") if has_cam else ("logits",))
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
