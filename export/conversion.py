"""The export: convert, choose, judge, write a bundle whole or set the candidate aside; one target after the other."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_app.runtime.card import ModelCard, to_json
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import BackendError, ConversionError, DermedgeError, GateError
from export import bundle, compute_units
from export.card_making import make_card, tool_versions
from export.checks import normalisation
from export.checks.check import Check
from export.checks.check import Outcome as CheckOutcome
from export.checks.file_facts import checks as file_checks
from export.checks.static import static_checks
from export.gate.control import Control, negative_control
from export.gate.examine import Findings, Reference, examine, size_of
from export.gate.gate_json import card_summary, gate_json
from export.gate.report import report_html
from export.gate.runner import open_model
from export.gate.verdict import Verdict
from export.golden import golden_npz
from export.lowering import lower
from export.materials import Materials, gather
from export.options import AUTO, Options
from export.preflight import calibrates, check_export, schemes_of
from export.progress import say, step
from export.quantize.auto import cures_of, search
from export.quantize.candidate import Candidate
from export.quantize.choice import closest, explained
from export.quantize.resume import Memory, key_of, remembered
from export.quantize.treatment import Cures, Treatment
from export.targets import target as target_module
from export.targets.schemes import needs_calibration
from export.thresholds import abstention_thresholds
from train.provenance import commit

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


@dataclass(frozen=True, kw_only=True)
class NotMade:
    """A target that came to nothing while others went on, and why."""

    target: str
    error: DermedgeError


@dataclass(frozen=True, kw_only=True)
class Export:
    """One target's export: what was asked for, with what, into which format, worked on where, to go where."""

    options: Options
    materials: Materials
    target: ModuleType
    place: Path
    out: Path


def convert(options: Options) -> dict[str, Outcome | NotMade]:
    """Export as `options` say, by target: a bundle at `options.out_of(target)`, or where the gate fails a rejected one.

    Photos and float answers are gathered once; of several targets, one that comes to nothing does not stop the others.
    Raises a DermedgeError for input that cannot be used, and for a single target that comes to nothing; then nothing is
    left behind but, where a file could be made and only the gate could not run, that file in `unverified/`.
    """
    key = check_export(options)
    with ExitStack() as stack:
        places = {name: stack.enter_context(bundle.workplace(options.out_of(name))) for name in options.targets}
        materials = gather(options, calibrate=calibrates(options))
        outcomes: dict[str, Outcome | NotMade] = {}
        for name, place in places.items():
            export = Export(
                options=options, materials=materials, target=target_module(name), place=place,
                out=options.out_of(name),
            )  # fmt: skip
            outcomes[name] = exported(export, key)
            # The lowered network, its conversions and sessions go before the next target's come.
            gc.collect()
        return outcomes


def exported(export: Export, key: Ed25519PrivateKey | None) -> Outcome | NotMade:
    """One target's outcome."""
    try:
        with memory_of(export) as memory:
            candidates, chosen = selected(export, memory)
            findings, units = judged(export, chosen)
            controls = controlled(export, chosen, findings)
            return finished(export, candidates, chosen, findings, units, controls, key)
    except DermedgeError as error:
        if len(export.options.targets) == 1:
            raise
        say(f"{export.target.NAME}: {error}")
        return NotMade(target=export.target.NAME, error=error)


@contextmanager
def memory_of(export: Export) -> Iterator[Memory]:
    """Where candidates go: under "auto" a folder that outlasts an interruption, for the same export to go on from."""
    options, materials = export.options, export.materials
    if options.scheme != AUTO:
        yield Memory(export.place)
        return
    calibration = None if materials.calibration is None else materials.calibration.record
    key = key_of(
        checkpoint=materials.trained.sha256, target=export.target.NAME, temperature=materials.temperature,
        calibration=calibration, selection=materials.selection.photos.hashes, tolerances=vars(materials.tolerances),
        tools=tool_versions(export.target.NAME), commit=commit(), threads=options.threads,
    )  # fmt: skip
    with remembered(export.out.with_name(f".{export.out.name}.search"), key) as memory:
        yield memory


def selected(export: Export, memory: Memory) -> tuple[list[Candidate], Candidate]:
    """All candidates with their reasons, and the one to gate."""
    options, materials = export.options, export.materials
    schemes = schemes_of(options, export.target.NAME)
    module = lower(materials.trained, temperature=materials.temperature, layout=export.target.LAYOUT)
    side_px = materials.trained.fit.side_px
    photos = [] if materials.calibration is None else list(materials.calibration.images)
    cures = cures_of(export.target.NAME, module, side_px, photos)

    def convert_to(scheme: str, out: Path) -> Path:
        calibration = photos if needs_calibration(scheme) else None
        if cures is not None and calibration is not None and scheme in cures.bases:
            cures.write(Treatment(base=scheme), out)
        else:
            export.target.convert(module, side_px=side_px, scheme=scheme, calibration=calibration, out=out, report=say)
        check(out, scheme)
        return out

    def check(model: Path, scheme: str) -> None:
        refuse_broken_promises(export.target, model, scheme)

    if len(schemes) == 1:
        model = convert_to(schemes[0], memory.place(schemes[0]) / f"model{export.target.SUFFIX}")
        alone = tried_alone(export, Candidate(scheme=schemes[0], model=model))
        return explained([alone], alone), steady(alone, cures)
    tried, chosen = search(
        export.target.NAME, cures, schemes=schemes, convert=convert_to, check=check,
        open_model=lambda scheme, model: open_model(model, card_of(export, scheme, ("logits",)), options.threads),
        reference=materials.selection, tolerances=materials.tolerances, memory=memory, prefer=options.prefer,
        every_one=options.full,
    )  # fmt: skip
    chosen = chosen or closest(tried)
    if chosen is None:
        raise not_run(export, tried)
    return tried, steady(chosen, cures)


def steady(chosen: Candidate, cures: Cures | None) -> Candidate:
    """The candidate with what the two halves of the calibration photos say, where they set its ranges."""
    if cures is None or not needs_calibration(chosen.scheme):
        return chosen
    return replace(chosen, stability=cures.stability(chosen.treatment or Treatment(base=chosen.scheme)))


def tried_alone(export: Export, candidate: Candidate) -> Candidate:
    """The only candidate with its findings on the selection photos; GateError when the runtime refuses it."""
    try:
        return replace(candidate, findings=examined(export, candidate, export.materials.selection, "selection"))
    except BackendError as error:
        raise not_run(export, [replace(candidate, why=f"could not be run: {error}")]) from error


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
    card = card or card_of(export, candidate.scheme, ("logits",))
    return open_model(candidate.model, card, export.options.threads), candidate.model


def card_of(export: Export, scheme: str, outputs: tuple[str, ...]) -> ModelCard:
    """The card before gate and thresholds are known."""
    return make_card(export.options, export.materials, export.target.NAME, scheme, outputs)


def judged(export: Export, chosen: Candidate) -> tuple[Findings, list[compute_units.Unit]]:
    """The gate, and on a Mac Core ML's other compute units; the units are empty elsewhere.

    A candidate that already fails on the selection photos under `auto` does not get to see the gate's.
    """
    if chosen.findings is not None and chosen.verdict is Verdict.FAIL and export.options.scheme == AUTO:
        return chosen.findings, []
    try:
        findings = examined(export, chosen, export.materials.gate, "gate")
        if chosen.model is None or not compute_units.apply(export.target.NAME):
            return findings, []
        card, materials = card_of(export, chosen.scheme, ("logits",)), export.materials
        return findings, compute_units.examined(chosen.model, card, findings, materials.gate, materials.tolerances)
    except BackendError as error:
        raise not_run(export, [replace(chosen, why=str(error))]) from error


def controlled(export: Export, chosen: Candidate, findings: Findings) -> list[Control]:
    """The negative control of the gate that has let the file through; a gate that has just failed one needs none."""
    if findings.judgement.verdict is Verdict.FAIL or chosen.model is None:
        return []
    card = card_of(export, chosen.scheme, ("logits",))
    try:
        with step("negative control"):
            return negative_control(
                findings, chosen.model, export.materials.tolerances,
                lambda model: open_model(model, card, export.options.threads),
            )  # fmt: skip
    except GateError as error:
        raise not_run(export, [replace(chosen, why=str(error))]) from error


def not_run(export: Export, candidates: Sequence[Candidate]) -> GateError:
    """Set the first file aside as unverified; the error that says so."""
    made = next((c for c in candidates if c.model is not None), None)
    if made is None or made.model is None:
        return GateError(f"no scheme could be converted: {'; '.join(f'{c.scheme} {c.why}' for c in candidates)}")
    card = card_of(export, made.scheme, ("logits",))
    files = {**bundle.files_of(made.model, made.model.name), "card.json": to_json(card).encode()}
    place = bundle.write_aside(export.out, bundle.UNVERIFIED, files, export.place)
    return GateError(f"the gate could not run ({made.why}); the {made.scheme} file is in {place}: do not ship it")


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
