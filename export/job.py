"""One target's export while it runs: what it has to go on, and how its candidates are opened, examined, set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from edge_app.runtime.card import ModelCard, to_json
from edge_app.runtime.classifier import Classifier
from edge_app.runtime.errors import ConversionError, GateError
from export import bundle
from export.card_making import make_card
from export.checks.check import Outcome as CheckOutcome
from export.checks.file_facts import checks as file_checks
from export.gate.examine import Findings, Reference, examine
from export.gate.runner import open_model
from export.materials import Materials
from export.options import Options
from export.quantize.candidate import Candidate


@dataclass(frozen=True, kw_only=True)
class Export:
    """One target's export: what was asked for, with what, into which format, worked on where, to go where."""

    options: Options
    materials: Materials
    target: ModuleType
    place: Path
    out: Path


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
    model = model_of(candidate)
    card = card or card_of(export, candidate.scheme, ("logits",))
    return open_model(model, card, export.options.threads), model


def model_of(candidate: Candidate) -> Path:
    """The candidate's file; ConversionError where there is none."""
    if candidate.model is None:
        raise ConversionError(f"there is no {candidate.scheme} file: {candidate.why}")
    return candidate.model


def card_of(export: Export, scheme: str, outputs: tuple[str, ...]) -> ModelCard:
    """The card before gate and thresholds are known."""
    return make_card(export.options, export.materials, export.target.NAME, scheme, outputs)


def not_run(export: Export, candidates: Sequence[Candidate]) -> GateError:
    """Set the first file aside as unverified; the error that says so."""
    made = next((c for c in candidates if c.model is not None), None)
    if made is None or made.model is None:
        return GateError(f"no scheme could be converted: {'; '.join(f'{c.scheme} {c.why}' for c in candidates)}")
    card = card_of(export, made.scheme, ("logits",))
    files = {**bundle.files_of(made.model, made.model.name), "card.json": to_json(card).encode()}
    place = bundle.write_aside(export.out, bundle.UNVERIFIED, files, export.place)
    return GateError(f"the gate could not run ({made.why}); the {made.scheme} file is in {place}: do not ship it")
