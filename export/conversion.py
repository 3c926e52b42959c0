"""The export: convert, choose, judge, write a bundle whole or set the candidate aside; one target after the other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_app.runtime.errors import BackendError, DermedgeError, GateError
from export import bundle, compute_units
from export.card_making import tool_versions
from export.finishing import Outcome, finished
from export.gate.control import Control, negative_control
from export.gate.examine import Findings
from export.gate.runner import open_model
from export.gate.verdict import Verdict
from export.job import Export, card_of, examined, not_run, refuse_broken_promises
from export.lowering import lower
from export.materials import gather
from export.options import AUTO, Options
from export.preflight import calibrates, check_export, schemes_of
from export.progress import say, step
from export.qat.lessons import Lessons
from export.qat.qat8 import write_qat8
from export.quantize.auto import cures_of, search
from export.quantize.candidate import Candidate
from export.quantize.choice import closest, explained
from export.quantize.resume import Memory, key_of, remembered
from export.quantize.treatment import Cures, Treatment
from export.targets import target as target_module
from export.targets.schemes import QAT, needs_calibration
from train.provenance import commit


@dataclass(frozen=True, kw_only=True)
class NotMade:
    """A target that came to nothing while others went on, and why."""

    target: str
    error: DermedgeError


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
    """Where candidates go: in a search or a training a folder that outlasts an interruption, to go on from."""
    options, materials = export.options, export.materials
    if options.scheme not in (AUTO, QAT):
        yield Memory(export.place)
        return
    calibration = None if materials.calibration is None else materials.calibration.record
    key = key_of(
        checkpoint=materials.trained.sha256, target=export.target.NAME, temperature=materials.temperature,
        calibration=calibration, selection=materials.selection.photos.hashes, tolerances=vars(materials.tolerances),
        tools=tool_versions(export.target.NAME), commit=commit(), threads=options.threads, full=options.full,
        scheme=options.scheme, qat_epochs=options.qat_epochs, seed=options.seed,
    )  # fmt: skip
    try:
        with remembered(export.out.with_name(f".{export.out.name}.search"), key) as memory:
            yield memory
    except KeyboardInterrupt:
        say(f"what the work on {export.out} has found is kept; the same command goes on from there")
        raise


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
        if scheme == QAT:
            lessons = Lessons(materials.trained, materials.temperature, options.seed)
            write_qat8(export.target.NAME, module, photos, lessons, options.qat_epochs, out, say)
        elif cures is not None and calibration is not None and scheme in cures.bases:
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
    """The candidate with what the two halves of the calibration photos say, where they alone set its ranges."""
    if cures is None or not needs_calibration(chosen.scheme) or chosen.scheme == QAT:
        return chosen
    return replace(chosen, stability=cures.stability(chosen.treatment or Treatment(base=chosen.scheme)))


def tried_alone(export: Export, candidate: Candidate) -> Candidate:
    """The only candidate with its findings on the selection photos; GateError when the runtime refuses it."""
    try:
        return replace(candidate, findings=examined(export, candidate, export.materials.selection, "selection"))
    except BackendError as error:
        raise not_run(export, [replace(candidate, why=f"could not be run: {error}")]) from error


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
