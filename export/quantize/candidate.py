"""A candidate of the ladder: one scheme's file, what it did on the selection photos, why it was taken or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.gate.examine import Findings, size_of
from export.gate.verdict import ROUNDING, Judgement, Row, Verdict
from export.quantize.risk import RISK_MAX
from export.quantize.treatment import Treatment

# Times of one file differ by so much from one run to the next on a busy machine.
SLOWER = 1.15


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """`findings` is None when it was not tried; those of a `stopped` one are of the first selection photos alone.

    `times_float` is how many times the float file's time it takes, where both were timed; `treatment` is None for plain
    schemes.
    `risk` is the chance that the gate fails it, as far as the photos tell that it answered for.
    `stability` compares the halves of the calibration photos, where they set the file's ranges.
    """

    scheme: str
    model: Path | None = None
    findings: Findings | None = None
    why: str = ""
    stopped: bool = False
    times_float: float | None = None
    risk: float | None = None
    treatment: Treatment | None = None
    stability: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        """What tells its file from all others of one float model."""
        return self.scheme if self.treatment is None else self.treatment.key

    @property
    def size_bytes(self) -> int | None:
        """Size of the file; None when there is none."""
        return None if self.model is None else size_of(self.model)

    @property
    def verdict(self) -> Verdict | None:
        """Verdict on the selection photos; a stopped candidate has failed."""
        if self.findings is None:
            return None
        return Verdict.FAIL if self.stopped else self.findings.judgement.verdict

    @property
    def too_risky(self) -> bool:
        """Whether the gate is likelier to fail it than is accepted."""
        return self.risk is not None and self.risk > RISK_MAX

    @property
    def p50_ms(self) -> float | None:
        """Median time of a photo."""
        return None if self.findings is None else self.findings.latency_ms["p50"]

    @property
    def slower_than_float(self) -> bool:
        """Whether the file is measurably slower than the float file."""
        return self.times_float is not None and self.times_float > SLOWER


def standing(candidate: Candidate) -> str:
    """What the selection photos say of a candidate."""
    if candidate.findings is None:
        return "not tried"
    judgement = candidate.findings.judgement
    if candidate.stopped:
        fails = judgement.verdict is Verdict.FAIL
        told = failure(judgement) if fails or candidate.risk is None else danger(candidate.risk, judgement)
        return f"stopped after {len(candidate.findings.logits)} photos: {told}"
    if candidate.verdict is Verdict.FAIL:
        return failure(judgement)
    if candidate.too_risky and candidate.risk is not None:
        return f"too risky: {danger(candidate.risk, judgement)}"
    if candidate.verdict is Verdict.PASS:
        return "passes"
    beyond = any(row.drop > row.tolerance + ROUNDING for row in judgement.rows)
    return f"not settled: {failure(judgement) if beyond else doubt(judgement)}"


def danger(risk: float, judgement: Judgement) -> str:
    """How likely the gate is to fail it, in words."""
    return f"{100 * risk:.3g}% of gates of this size would fail it, {RISK_MAX:.0%} is allowed ({losses(judgement)})"


def losses(judgement: Judgement) -> str:
    """What each class lost and gained here, in words."""
    moved = [row for row in judgement.classes if row.lost or row.gained]
    told = ", ".join(f"{row.name} -{row.lost} +{row.gained} of {row.support}" for row in moved)
    return told or "nothing lost here, but its logits move too far"


def failure(judgement: Judgement) -> str:
    """The row with the largest excess over its tolerance, in words."""
    failed = [row for row in judgement.rows if row.verdict is Verdict.FAIL] or list(judgement.rows)
    worst = max(failed, key=lambda row: row.drop - row.tolerance)
    return (
        f"{subject(worst, judgement)} drops by {worst.drop:.1%} ({worst.lost} of {worst.support} photos lost,"
        f" {worst.gained} gained); {worst.tolerance:.1%} is allowed"
    )


def doubt(judgement: Judgement) -> str:
    """The row that is furthest from being proved, in words."""
    row = max(judgement.rows, key=lambda row: row.drop_upper_95 - row.tolerance)
    return (
        f"{subject(row, judgement)} may drop by up to {row.drop_upper_95:.1%} with {row.support} photos;"
        f" {row.tolerance:.1%} is allowed"
    )


def subject(row: Row, judgement: Judgement) -> str:
    """What a row is about."""
    if row is judgement.accuracy:
        return "accuracy"
    return f"recall of {row.name}" if row in judgement.classes else f"recall of tier {row.name}"
