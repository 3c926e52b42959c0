"""The export: convert, choose, judge, write a bundle whole or set the candidate aside; one target after the other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_app.runtime.errors import DermedgeError, GateError
from export import bundle
from export.card_making import tool_versions
from export.finishing import Outcome, finished
from export.gate.control import Control, negative_control
from export.gate.examine import Findings
from export.gate.runner import open_model
from export.gating import judged
from export.job import Export, card_of, model_of, not_run
from export.making import Maker, maker_of
from export.materials import Materials, gather
from export.options import AUTO, Options
from export.preflight import calibrates, check_export, schemes_of
from export.progress import say, step
from export.quantize.auto import is_clocked, search
from export.quantize.candidate import Candidate
from export.quantize.choice import closest, explained
from export.quantize.ladder import converted
from export.quantize.resume import Memory, key_of, remembered
from export.quantize.risk import Sizes, sizes_of
from export.quantize.treatment import Cures, Treatment, treatment_of
from export.quantize.trial import FLOAT, Trial
from export.targets import target as target_module
from export.targets.schemes import QAT, has_ranges
from export.unforeseen import ours
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
            findings, units = judged(export, chosen, memory)
            controls = controlled(export, chosen, findings)
            return finished(export, candidates, chosen, findings, units, controls, key)
    except Exception as error:
        if len(export.options.targets) == 1:
            raise
        found = ours(error)
        say(f"{export.target.NAME}: {found}")
        return NotMade(target=export.target.NAME, error=found)


@contextmanager
def memory_of(export: Export) -> Iterator[Memory]:
    """Where candidates go: in a search, a training or over folds a folder that outlasts an interruption."""
    options, materials = export.options, export.materials
    if options.scheme not in (AUTO, QAT) and not materials.folds:
        yield Memory(export.place)
        return
    calibration = None if materials.calibration is None else materials.calibration.record
    key = key_of(
        checkpoint=materials.trained.sha256, folds=[fold.trained.sha256 for fold in materials.folds],
        target=export.target.NAME, temperature=materials.temperature, calibration=calibration,
        selection=materials.selection.photos.hashes, tolerances=vars(materials.tolerances),
        gate=[one.tolist() for one in gate_sizes(materials).clusters],
        tools=tool_versions(export.target.NAME), commit=commit(), threads=options.threads, full=options.full,
        scheme=options.scheme, qat_epochs=options.qat_epochs, seed=options.seed,
    )  # fmt: skip
    with remembered(export.out.with_name(f".{export.out.name}.search"), key) as memory:
        yield memory


def selected(export: Export, memory: Memory) -> tuple[list[Candidate], Candidate]:
    """All candidates with their reasons, and the one to gate."""
    options, materials = export.options, export.materials
    schemes = schemes_of(options, export.target.NAME)
    maker = maker_of(export)
    if len(schemes) == 1:
        wanted = Candidate(scheme=schemes[0], treatment=treatment_of(schemes[0]))
        alone = tried_alone(export, maker, memory, wanted)
        return explained([alone], alone), steady(alone, maker.cures)
    tried, chosen = search(
        export.target.NAME, maker.cures, schemes=schemes, make=maker.file,
        open_model=lambda scheme, model: open_model(model, card_of(export, scheme, ("logits",)), options.threads),
        reference=materials.selection, tolerances=materials.tolerances, gate=gate_sizes(materials), memory=memory,
        prefer=options.prefer, every_one=options.full,
    )  # fmt: skip
    chosen = chosen or closest(tried)
    if chosen is None:
        raise not_run(export, tried)
    return tried, steady(chosen, maker.cures)


def gate_sizes(materials: Materials) -> Sizes:
    """How many photos of each class the gate has, over all folds where they are pooled."""
    sets = [part.gate.photos for part in (materials, *materials.folds)]
    return sizes_of(sets, len(materials.trained.labels))


def steady(chosen: Candidate, cures: Cures | None) -> Candidate:
    """The candidate with what the two halves of the calibration photos say, where they alone set its ranges."""
    if cures is None or not has_ranges(chosen.scheme) or chosen.scheme == QAT:
        return chosen
    return replace(chosen, stability=cures.stability(chosen.treatment or Treatment(base=chosen.scheme)))


def tried_alone(export: Export, maker: Maker, memory: Memory, wanted: Candidate) -> Candidate:
    """The only candidate with its findings on the selection photos; GateError when the runtime refuses it.

    Where times mean something here, a float file is made as well, to be timed beside it.
    """
    materials, threads = export.materials, export.options.threads

    def made(scheme: str) -> Path:
        candidate = wanted if scheme == wanted.scheme else Candidate(scheme=scheme)
        return maker.file(candidate, memory.place(scheme) / f"model{export.target.SUFFIX}")

    trial = Trial(
        reference=materials.selection, tolerances=materials.tolerances, gate=gate_sizes(materials), memory=memory,
        open_model=lambda scheme, model: open_model(model, card_of(export, scheme, ("logits",)), threads),
        thorough=True,
    )  # fmt: skip
    model = made(wanted.scheme)
    against = converted(FLOAT, made).model if is_clocked(export.target.NAME) else None
    tried = trial.of(replace(wanted, model=model), against)
    if tried.findings is None:
        raise not_run(export, [tried])
    return tried


def controlled(export: Export, chosen: Candidate, findings: Findings) -> list[Control]:
    """The negative control of the gate; where folds are pooled it is the shipped file's, on its own fold."""
    card, model = card_of(export, chosen.scheme, ("logits",)), model_of(chosen)
    try:
        with step("negative control"):
            return negative_control(
                findings.folds[0].findings if findings.folds else findings, model, export.materials.tolerances,
                lambda ruined: open_model(ruined, card, export.options.threads),
            )  # fmt: skip
    except GateError as error:
        raise not_run(export, [replace(chosen, why=str(error))]) from error
