"""On a Mac, Core ML on each of its compute units: one file must not answer differently from unit to unit in silence.

The gate proper runs the file with all units allowed, as an app does by default. Here the same photos go through each
restriction of them, and the worst of all verdicts is the file's. Elsewhere the project's executor stands in for Core
ML, and a check says what that leaves open.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.runtime.backends.coreml import COMPUTE_UNITS, CoremlBackend
from edge_app.runtime.card import ModelCard
from edge_app.runtime.classifier import Classifier
from export.checks.check import Check, Outcome
from export.gate.examine import Findings, Reference, examine
from export.gate.tolerances import Tolerances
from export.gate.verdict import Verdict

NAME = "Core ML compute units"
COREML = "coreml"
# Of `COMPUTE_UNITS` the one that the gate proper has used.
DEFAULT_UNIT = "ALL"
SEVERITY = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)
NOT_HERE = (
    "not run: the gate executed what the file says, op by op, not the kernels of the Neural Engine or the GPU;"
    " export on a Mac to run those"
)


@dataclass(frozen=True)
class Unit:
    """What a file did on the compute unit `name`, one of `COMPUTE_UNITS`."""

    name: str
    findings: Findings


def apply(target: str) -> bool:
    """Whether files of `target` run on compute units here."""
    return target == COREML and platform.system() == "Darwin"


def examined(
    model: Path, card: ModelCard, default: Findings, reference: Reference, tolerances: Tolerances
) -> list[Unit]:
    """Every compute unit on the photos of `reference`; `default` are the findings of all units together.

    Raises BackendError where Core ML refuses the file on a unit.
    """
    others = [unit for unit in COMPUTE_UNITS if unit != DEFAULT_UNIT]
    found = [Unit(unit, on_unit(unit, model, card, reference, tolerances)) for unit in others]
    return [Unit(DEFAULT_UNIT, default), *found]


def on_unit(unit: str, model: Path, card: ModelCard, reference: Reference, tolerances: Tolerances) -> Findings:
    """The findings of `model` on one compute unit. Core ML decides about threads itself."""
    classifier = Classifier(CoremlBackend(model, threads=1, compute_unit=unit), card)
    return examine(classifier, model, reference, tolerances, f"gate ({unit})")


def worst(default: Findings, units: Sequence[Unit]) -> Findings:
    """Of all findings those with the worst verdict, then the largest drop of a class; `default` where units agree."""
    return max((default, *(unit.findings for unit in units)), key=badness)


def badness(findings: Findings) -> tuple[int, float]:
    """Verdict, then drop of the worst class."""
    return SEVERITY.index(findings.judgement.verdict), findings.judgement.worst.drop


def checks(target: str, units: Sequence[Unit]) -> list[Check]:
    """For a CoreML file how each unit did, or that none was there; nothing for other targets."""
    if target != COREML:
        return []
    if not units:
        return [Check(NAME, Outcome.UNKNOWN, NOT_HERE)]
    verdicts = {unit.findings.judgement.verdict for unit in units}
    outcome = Outcome.FAIL if Verdict.FAIL in verdicts else Outcome.OK if len(verdicts) == 1 else Outcome.WARNING
    return [Check(NAME, outcome, f"run on {len(units)} choices of units", tuple(map(line, units)))]


def line(unit: Unit) -> str:
    """One unit in words."""
    found = unit.findings
    return (
        f"{unit.name}: {found.judgement.verdict}, same answer for {found.agreement:.2%},"
        f" largest logit difference {found.max_logit_difference:.3g}, {found.latency_ms['p50']:.1f} ms"
    )
