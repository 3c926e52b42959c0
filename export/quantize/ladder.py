"""`--scheme auto`: try the schemes on the selection photos and take the smallest file that holds.

The gate's photos take no part in choosing: they see the winner, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge_app.runtime.errors import BackendError, ConversionError
from export.gate.examine import Findings, size_of
from export.gate.verdict import Judgement, Row, Verdict

ORDER = (Verdict.PASS, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One scheme's file, what it did on the selection photos (None when it was not tried), and why it was not taken."""

    scheme: str
    model: Path | None = None
    findings: Findings | None = None
    why: str = ""

    @property
    def size_bytes(self) -> int | None:
        """Size of the file; None when there is none."""
        return None if self.model is None else size_of(self.model)

    @property
    def verdict(self) -> Verdict | None:
        """Verdict on the selection photos."""
        return None if self.findings is None else self.findings.judgement.verdict


def convert_all(schemes: Sequence[str], convert: Callable[[str], Path]) -> list[Candidate]:
    """A candidate for each scheme, smallest file first; a scheme that cannot be converted stays in the list, last."""
    candidates = [converted(scheme, convert) for scheme in schemes]
    return sorted(candidates, key=lambda c: (c.size_bytes is None, c.size_bytes or 0))


def converted(scheme: str, convert: Callable[[str], Path]) -> Candidate:
    """The candidate of one scheme."""
    try:
        return Candidate(scheme=scheme, model=convert(scheme))
    except ConversionError as error:
        return Candidate(scheme=scheme, why=f"could not be converted: {error}")


def try_in_turn(
    candidates: Iterable[Candidate], examine: Callable[[Candidate], Findings], *, every_one: bool
) -> list[Candidate]:
    """Examine candidates, smallest first, until one passes (or `every_one`)."""
    tried: list[Candidate] = []
    passed = ""
    for candidate in candidates:
        if candidate.model is None:
            tried.append(candidate)
        elif passed and not every_one:
            tried.append(replace(candidate, why=f"not tried: {passed} is smaller and passes"))
        else:
            tried.append(examined(candidate, examine))
            if tried[-1].verdict is Verdict.PASS:
                passed = passed or candidate.scheme
    return tried


def examined(candidate: Candidate, examine: Callable[[Candidate], Findings]) -> Candidate:
    """The candidate with its findings, or with the reason why the runtime refuses it."""
    try:
        return replace(candidate, findings=examine(candidate))
    except BackendError as error:
        return replace(candidate, why=f"could not be run: {error}")


def choose(candidates: Sequence[Candidate]) -> Candidate | None:
    """The smallest that passes, else the smallest that is inconclusive, else none."""
    for wanted in ORDER:
        holding = [c for c in candidates if c.verdict is wanted]
        if holding:
            return min(holding, key=lambda c: c.size_bytes or 0)
    return None


def closest(candidates: Sequence[Candidate]) -> Candidate | None:
    """The candidate with the smallest drop in its worst class: what comes nearest when none holds."""
    tried = [c for c in candidates if c.findings is not None]
    return min(tried, key=lambda c: c.findings.judgement.worst.drop if c.findings else 1.0, default=None)


def explained(candidates: Sequence[Candidate], chosen: Candidate | None) -> list[Candidate]:
    """The candidates, each with the reason why it was taken or not."""
    if len(candidates) == 1:
        return [replace(c, why=c.why or f"the one asked for; {standing(c)}") for c in candidates]
    return [c if c.why else replace(c, why=reason(c, chosen)) for c in candidates]


def standing(candidate: Candidate) -> str:
    """What the selection photos say of a candidate."""
    if candidate.findings is None:
        return "not tried"
    judgement = candidate.findings.judgement
    if candidate.verdict is Verdict.FAIL:
        return failure(judgement)
    return "passes" if candidate.verdict is Verdict.PASS else "not settled: " + doubt(judgement)


def reason(candidate: Candidate, chosen: Candidate | None) -> str:
    """Why `candidate` was taken or not."""
    if chosen is not None and candidate.scheme == chosen.scheme:
        return "taken: the smallest that " + ("passes" if candidate.verdict is Verdict.PASS else "does not fail")
    if chosen is not None and candidate.verdict is chosen.verdict:
        return f"does as well, but {chosen.scheme} is smaller"
    return standing(candidate)


def failure(judgement: Judgement) -> str:
    """The failed row with the largest excess, in words."""
    failed = [row for row in judgement.rows if row.verdict is Verdict.FAIL]
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
