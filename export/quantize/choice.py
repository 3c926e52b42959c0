"""Which candidate is taken, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from export.gate.verdict import ROUNDING, Judgement, Verdict
from export.quantize.candidate import SLOWER, Candidate, standing
from export.quantize.preference import LATENCY, Preference
from export.quantize.trial import Trial


def holds(candidate: Candidate, trial: Trial) -> bool:
    """Whether a candidate does as well as the selection photos allow to see.

    Where photos suffice that means to pass. Where even the float model's own answers are inconclusive, for want of
    photos, no class may drop beyond its tolerance, not even by the one photo that the gate forgives. Either way the
    gate, which has other photos, must be unlikely to fail it (export.quantize.risk).
    """
    if candidate.findings is None or candidate.verdict is Verdict.FAIL or candidate.too_risky:
        return False
    if candidate.verdict is Verdict.PASS:
        return True
    return not trial.can_pass and within_tolerance(candidate.findings.judgement)


def within_tolerance(judgement: Judgement) -> bool:
    """Whether no drop exceeds its tolerance."""
    return all(row.drop <= row.tolerance + ROUNDING for row in judgement.rows)


def level(candidate: Candidate) -> int:
    """3 passes, 2 undecided with every drop within tolerance, 1 undecided or too risky, 0 fails or was not tried."""
    if candidate.findings is None or candidate.verdict is Verdict.FAIL:
        return 0
    if candidate.too_risky:
        return 1
    if candidate.verdict is Verdict.PASS:
        return 3
    return 2 if within_tolerance(candidate.findings.judgement) else 1


def choose(candidates: Sequence[Candidate], prefer: Preference = LATENCY) -> Candidate | None:
    """Of those of the highest level the smallest, or the smallest of the fastest; None when all fail.

    Times that differ by less than they do from run to run are the same. Where none holds, the least risky is taken.
    """
    highest = max((level(candidate) for candidate in candidates), default=0)
    if highest == 0:
        return None
    best = [candidate for candidate in candidates if level(candidate) == highest]
    if highest == 1:
        return min(best, key=lambda candidate: 1.0 if candidate.risk is None else candidate.risk)
    if prefer == LATENCY:
        fastest = min(map(pace, best))
        best = [candidate for candidate in best if pace(candidate) <= SLOWER * fastest]
    return min(best, key=lambda candidate: candidate.size_bytes or 0)


def pace(candidate: Candidate) -> float:
    """Time in units of the float file's, which a busy machine disturbs less; 1 where it was not compared."""
    return 1.0 if candidate.times_float is None else candidate.times_float


def closest(candidates: Sequence[Candidate]) -> Candidate | None:
    """What comes nearest when none holds: one that does not fail, then the least risky, then the least in excess."""
    tried = [candidate for candidate in candidates if candidate.findings is not None]
    return min(tried, key=distance, default=None)


def distance(candidate: Candidate) -> tuple[bool, float, float]:
    """How far a candidate is from holding, the nearest least."""
    return candidate.verdict is Verdict.FAIL, candidate.risk or 0.0, excess(candidate)


def excess(candidate: Candidate) -> float:
    """By how much the worst row of a tried candidate exceeds its tolerance; more after fewer photos."""
    if candidate.findings is None:
        return 1.0
    return float(candidate.stopped) + max(row.drop - row.tolerance for row in candidate.findings.judgement.rows)


def explained(
    candidates: Sequence[Candidate], chosen: Candidate | None, prefer: Preference = LATENCY
) -> list[Candidate]:
    """The candidates, each with the reason why it was taken or not."""
    if len(candidates) == 1:
        return [replace(c, why=c.why or f"the one asked for; {standing(c)}{flag(c)}") for c in candidates]
    return [c if c.why else replace(c, why=reason(c, chosen, candidates, prefer) + flag(c)) for c in candidates]


def reason(candidate: Candidate, chosen: Candidate | None, candidates: Sequence[Candidate], prefer: Preference) -> str:
    """Why `candidate` was taken or not."""
    if chosen is not None and candidate.scheme == chosen.scheme:
        if level(chosen) > 1:
            return f"taken: {merit(chosen, candidates, prefer)}{came_closest(candidate, candidates)}"
        return f"taken: the least risky of those that do not fail, as none holds; {standing(candidate)}"
    if chosen is not None and level(candidate) == level(chosen) > 1:
        if is_by_size(chosen, prefer):
            return f"does as well, but {chosen.scheme} is smaller"
        is_slow = pace(candidate) > SLOWER * least_pace(chosen, candidates)
        return f"does as well, but {chosen.scheme} is {'faster' if is_slow else 'as fast and smaller'}"
    return standing(candidate)


def merit(chosen: Candidate, candidates: Sequence[Candidate], prefer: Preference) -> str:
    """By what the one taken is before the others that do as well."""
    if is_by_size(chosen, prefer):
        return "the smallest that holds"
    if pace(chosen) > least_pace(chosen, candidates):
        return f"the smallest of those that hold and are as fast as the fastest within {SLOWER - 1:.0%}"
    return "the fastest that holds"


def is_by_size(chosen: Candidate, prefer: Preference) -> bool:
    """Whether size alone decides: it was asked for, or times mean nothing on this machine."""
    return prefer != LATENCY or chosen.times_float is None


def least_pace(chosen: Candidate, candidates: Sequence[Candidate]) -> float:
    """The pace of the fastest that does as well as the one taken."""
    return min(pace(candidate) for candidate in candidates if level(candidate) == level(chosen))


def came_closest(chosen: Candidate, candidates: Sequence[Candidate]) -> str:
    """For a float file: which 8-bit one came closest."""
    if not chosen.scheme.startswith("fp"):
        return ""
    nearest = closest([c for c in candidates if not c.scheme.startswith("fp")])
    return "" if nearest is None else f"; {nearest.scheme} came closest, but {standing(nearest)}"


def flag(candidate: Candidate) -> str:
    """A word on a file that is slower than the float file."""
    if not candidate.slower_than_float:
        return ""
    return f"; SLOWER than float ({candidate.times_float:.2f} times its time)"
