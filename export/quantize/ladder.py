"""`--scheme auto`: try the schemes on the selection photos, the most promising first, and stop at the first that holds.

The gate's photos take no part in choosing: they see the winner, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge_app.runtime.errors import ConversionError
from export.quantize.candidate import Candidate
from export.quantize.choice import holds
from export.quantize.curing import Convert, treated
from export.quantize.preference import LATENCY, Preference
from export.quantize.treatment import Cures
from export.quantize.trial import FLOAT, Trial
from export.targets.schemes import QAT

# Fastest first, as a rule; where several hold, measured times decide.
RUNGS = ("static8", "w8a8", QAT, "dynamic8", "w8", "palettized4", "palettized6", "fp16", FLOAT)


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """`convert` makes the file of a plain scheme; `cures` and `treat` make treated ones, where the target has any.

    `clocked` says whether times measured here mean something, so that a file slower than float can be told.
    """

    schemes: Sequence[str]
    convert: Callable[[str], Path]
    trial: Trial
    cures: Cures | None = None
    treat: Convert | None = None
    prefer: Preference = LATENCY
    clocked: bool = True


def climb(ladder: Ladder, *, every_one: bool) -> list[Candidate]:
    """All candidates in the order of their rungs, up to the first that holds and is not slower than float tried.

    A scheme that does not hold is treated before the next is tried. `every_one` tries them all.
    """
    against = float_file(ladder)
    tried: list[Candidate] = []
    first = ""
    for rung in rungs(ladder):
        if first and not every_one:
            tried.append(replace(rung, why=rung.why or f"not tried: {first} holds and comes first"))
            continue
        for candidate in attempts(ladder, rung, against):
            tried.append(candidate)
            if holds(candidate, ladder.trial) and not candidate.slower_than_float:
                first = first or candidate.scheme
                if not every_one:
                    break
    return tried


def rungs(ladder: Ladder) -> Iterator[Candidate]:
    """The plain schemes: for latency in the order of `RUNGS`, for size by the size of their files, converted first."""
    ordered = sorted(ladder.schemes, key=lambda scheme: RUNGS.index(scheme) if scheme in RUNGS else len(RUNGS))
    if ladder.prefer == LATENCY:
        return (Candidate(scheme=scheme) for scheme in ordered)
    made = [converted(scheme, ladder.convert) for scheme in ordered]
    return iter(sorted(made, key=lambda c: (c.size_bytes is None, c.size_bytes or 0)))


def attempts(ladder: Ladder, rung: Candidate, against: Path | None) -> Iterator[Candidate]:
    """The plain scheme, tried, then its treatments for as long as somebody asks."""
    made = rung if rung.model or rung.why else converted(rung.scheme, ladder.convert)
    plain = ladder.trial.of(made, against)
    yield plain
    if ladder.cures and ladder.treat and plain.scheme in ladder.cures.bases and not holds(plain, ladder.trial):
        yield from treated(plain, ladder.cures, ladder.treat, lambda made: ladder.trial.of(made, against), ladder.trial)


def converted(scheme: str, convert: Callable[[str], Path]) -> Candidate:
    """The candidate of one scheme; one that cannot be converted says why."""
    try:
        return Candidate(scheme=scheme, model=convert(scheme))
    except ConversionError as error:
        return Candidate(scheme=scheme, why=f"could not be converted: {error}")


def float_file(ladder: Ladder) -> Path | None:
    """The float file, to be timed against; None where there is none, or where times mean nothing."""
    if not ladder.clocked or FLOAT not in ladder.schemes:
        return None
    return converted(FLOAT, ladder.convert).model
