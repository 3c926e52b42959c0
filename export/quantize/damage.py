"""How much a file's logits are off, and which groups of operators are to blame: continuous where recall has steps."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from export.gate.control import subset
from export.gate.examine import Findings

HARD = 128


def damage(findings: Findings) -> float:
    """Mean squared logit difference to the float model, every class counting alike however rare it is."""
    return float(np.sum(parts(findings)))


def ratio(findings: Findings, other: Findings) -> float:
    """The damage of one file over that of another, on the photos that both have answered; 1 where neither has any."""
    ids = set(findings.reference.photos.ids) & set(other.reference.photos.ids)
    one, two = (damage(on(each, ids)) for each in (findings, other))
    return one / two if two > 0.0 else 1.0 if one == two else float("inf")


def on(findings: Findings, ids: Collection[str]) -> Findings:
    """The findings on the photos `ids` alone."""
    chosen = np.flatnonzero([one in ids for one in findings.reference.photos.ids])
    if len(chosen) == len(findings.logits):
        return findings
    return replace(findings, reference=subset(findings.reference, chosen), logits=findings.logits[chosen])


def parts(findings: Findings) -> np.ndarray:
    """What each photo adds to the damage, float64 [N]."""
    return weights(findings) * squared(findings.logits, findings.reference.logits)


def weights(findings: Findings) -> np.ndarray:
    """A photo's share in its class, divided by the number of classes; float64 [N], sum 1."""
    truth = findings.reference.photos.truth
    counts = np.bincount(truth, minlength=len(findings.reference.labels))
    return np.asarray(1.0 / (counts[truth] * np.count_nonzero(counts)))


def squared(logits: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Mean squared difference of each row, float64 [n]."""
    return np.asarray(np.mean((logits.astype(np.float64) - reference) ** 2, axis=1))


def hard_photos(findings: Findings) -> np.ndarray:
    """Up to `HARD` photos that add most to the damage, as indices of the findings' photos."""
    return np.argsort(-parts(findings), kind="stable")[:HARD]


def by_blame(findings: Findings, groups: int, logits_without: Callable[[int, np.ndarray], np.ndarray]) -> list[int]:
    """The groups, most to blame first: how little damage is left on the hard photos when a group stays float.

    `logits_without(group, photos)` are the logits [n, K] of the file with `group` in float. Rare classes weigh as much
    as common ones, so that the order follows the damage to the rarest.
    """
    photos = hard_photos(findings)
    weight, reference = weights(findings)[photos], findings.reference.logits[photos]
    left = [float(np.sum(weight * squared(logits_without(group, photos), reference))) for group in range(groups)]
    return [int(group) for group in np.argsort(left, kind="stable")]
