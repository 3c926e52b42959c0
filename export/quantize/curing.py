"""Treat a scheme that does not hold: ranges, smoothing, biases, then float islands, cheapest first.

ranges   what costs the least damage of what the target offers; free at run time
smooth   outliers behind norms handed to the weights; free or nearly so at run time, one more conversion
bias     means put right, after all that moves them; free at run time, half a minute to find
islands  the groups of operators most to blame stay float; costs size and time, so few come first
Every step is tried on the selection photos and built on the best before it; none sees the gate's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge_app.runtime.errors import BackendError, ConversionError
from export.gate.examine import Findings
from export.quantize.candidate import Candidate
from export.quantize.damage import by_blame, ratio
from export.quantize.treatment import Cures, Treatment
from export.quantize.trial import Trial
from export.targets.schemes import has_ranges
from export.unforeseen import unforeseen_as

# Other shares of smoothing, each a conversion and a calibration, are tried where the first leaves less of the damage.
MUCH = 0.9
# Groups left in float, one trial each.
ISLANDS = (2, 4, 8)

Convert = Callable[[Treatment], Candidate]
# Makes the file of a candidate at a path, or finds it there.
Make = Callable[[Candidate, Path], Path]


def treated(
    plain: Candidate, cures: Cures, convert: Convert, attempt: Callable[[Candidate], Candidate], trial: Trial
) -> Iterator[Candidate]:
    """Treatments of the scheme of `plain`, better and better, each tried; the caller stops when one holds."""
    best, found = Treatment(base=plain.scheme), plain
    for ranges in cures.ranges[1:] if has_ranges(plain.scheme) else ():
        candidate = attempt(convert(replace(best, ranges=ranges)))
        yield candidate
        if is_better(candidate, found):
            best, found = replace(best, ranges=ranges), candidate
    for alpha in cures.alphas if has_ranges(plain.scheme) else ():
        candidate = attempt(convert(replace(best, smooth=alpha)))
        yield candidate
        helps_much = is_better(candidate, found, MUCH)
        if is_better(candidate, found):
            best, found = replace(best, smooth=alpha), candidate
        if not helps_much and alpha == cures.alphas[0]:
            break
    corrected = attempt(convert(replace(best, bias=True)))
    yield corrected
    bias = is_better(corrected, found)
    if not has_ranges(plain.scheme) or found.findings is None:
        return
    try:
        with unforeseen_as(ConversionError):
            order = blamed(best, found.scheme, found.findings, cures, convert, trial)
    except (ConversionError, BackendError) as error:
        islands = replace(best, bias=bias, floats=tuple(range(ISLANDS[0])))
        yield Candidate(scheme=islands.scheme, why=f"could not be converted: {error}")
        return
    for count in ISLANDS:
        if count < cures.groups:
            yield attempt(convert(replace(best, bias=bias, floats=tuple(sorted(order[:count])))))


def is_better(candidate: Candidate, than: Candidate, share: float = 1.0) -> bool:
    """Whether `candidate` does less than that `share` of the damage; one that could not be made or run does not."""
    if candidate.findings is None:
        return False
    return than.findings is None or ratio(candidate.findings, than.findings) < share


def blamed(best: Treatment, scheme: str, findings: Findings, cures: Cures, convert: Convert, trial: Trial) -> list[int]:
    """The groups of operators, most to blame first for what `findings` of the file of `scheme` show."""
    tried = trial.memory.answers(scheme)
    place = np.arange(len(findings.logits)) if tried is None else np.sort(tried["chosen"])

    def logits_without(group: int, photos: np.ndarray) -> np.ndarray:
        treatment = replace(best, floats=(group,))
        known = trial.memory.answers(treatment.key)
        if known is None:
            known = {"logits": answers(treatment, place[photos], cures, convert, trial)}
            trial.memory.keep(treatment.key, known)
        return known["logits"]

    return by_blame(findings, cures.groups, logits_without)


def answers(treatment: Treatment, chosen: np.ndarray, cures: Cures, convert: Convert, trial: Trial) -> np.ndarray:
    """Logits [n, K] in `treatment` for the selection photos `chosen` [n], by a preview or by the file itself."""
    logits = cures.preview(treatment, [trial.reference.photos.images[i] for i in chosen])
    if logits is not None:
        return logits
    made = convert(treatment)
    if made.model is None:
        raise ConversionError(f"{made.scheme} {made.why}")
    return trial.logits(made.scheme, made.model, chosen)


def converter(make: Make, place: Callable[[str], Path], suffix: str) -> Convert:
    """Makes candidates of treatments."""

    def convert(treatment: Treatment) -> Candidate:
        candidate = Candidate(scheme=treatment.scheme, treatment=treatment)
        try:
            return replace(candidate, model=make(candidate, place(treatment.key) / f"model{suffix}"))
        except ConversionError as error:
            return Candidate(scheme=treatment.scheme, why=f"could not be converted: {error}")

    return convert
