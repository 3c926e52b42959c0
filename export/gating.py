"""The gate of an export: the chosen file on the gate's photos, or the chosen recipe on every fold's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edge_app.runtime.errors import BackendError, ConversionError
from export import compute_units
from export.compute_units import Unit
from export.folds import fold_of
from export.gate.examine import Findings, Fold
from export.gate.pooled import pooled
from export.gate.verdict import Verdict
from export.job import Export, card_of, examined, not_run
from export.making import maker_of
from export.options import AUTO
from export.progress import say
from export.quantize.candidate import Candidate
from export.quantize.resume import Memory


def judged(export: Export, chosen: Candidate, memory: Memory) -> tuple[Findings, list[Unit]]:
    """The gate, and on a Mac Core ML's other compute units; the units are empty elsewhere.

    A candidate that already fails on the selection photos under `auto` does not get to see the gate's.
    """
    if chosen.findings is not None and chosen.verdict is Verdict.FAIL and export.options.scheme == AUTO:
        return chosen.findings, []
    try:
        first = on_gate(export, chosen)
        if not export.materials.folds:
            return first
        return over_folds(export, [(export, *first), *others(export, chosen, memory)])
    except BackendError as error:
        raise not_run(export, [replace(chosen, why=str(error))]) from error


def on_gate(export: Export, candidate: Candidate) -> tuple[Findings, list[Unit]]:
    """One file on its own gate photos."""
    findings = examined(export, candidate, export.materials.gate, "gate")
    if candidate.model is None or not compute_units.apply(export.target.NAME):
        return findings, []
    card, materials = card_of(export, candidate.scheme, ("logits",)), export.materials
    return findings, compute_units.examined(candidate.model, card, findings, materials.gate, materials.tolerances)


def others(export: Export, chosen: Candidate, memory: Memory) -> Iterator[tuple[Export, Findings, list[Unit]]]:
    """Every other fold's run, its file made like the chosen one; a file that `memory` has is taken as it is."""
    for materials in export.materials.folds:
        run = replace(export, materials=materials)
        fold = fold_of(materials.trained)
        say(f"fold {fold.number} of {fold.count}: {chosen.scheme}, made and judged as the first run's file")
        out = memory.place(f"fold{fold.number}-{chosen.key}") / f"model{export.target.SUFFIX}"
        try:
            model = maker_of(run).file(chosen, out)
        except ConversionError as error:
            raise ConversionError(f"fold {fold.number} of {fold.count}: {error}") from error
        yield run, *on_gate(run, replace(chosen, model=model))


def over_folds(export: Export, parts: list[tuple[Export, Findings, list[Unit]]]) -> tuple[Findings, list[Unit]]:
    """The pairs of all folds as one gate; on a Mac for each choice of compute units."""
    runs = [run.materials.trained for run, _, _ in parts]

    def together(findings: list[Findings]) -> Findings:
        folds = [
            Fold(number=fold_of(run).number, count=fold_of(run).count, checkpoint_sha256=run.sha256, findings=found)
            for run, found in zip(runs, findings, strict=True)
        ]
        return pooled(folds, export.materials.tolerances)

    units = [
        Unit(same[0].name, together([unit.findings for unit in same]))
        for same in zip(*(units for _, _, units in parts), strict=True)
    ]
    return together([findings for _, findings, _ in parts]), units
