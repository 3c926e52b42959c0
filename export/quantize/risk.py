"""How likely the gate is to fail a file, foretold from the selection photos.

The gate has other photos of the same kind. Of them only the counts are used: how many there are of each class, and of
how many lesions or patients. What becomes of one (its class lost, kept or gained, its tier likewise) has unknown rates
in each class, with a Dirichlet distribution: what the class' selection photos showed, and a prior.

The prior is what would be seen if each photo of the class, its logits blurred a little, met the change of logits that
the file made to other photos, those of the class first. So it tells a file that moves logits by thousandths from one
that moves them by tenths where neither has changed an answer yet, and one photo that stood between two classes anyway
from a class in danger. It counts as many photos as bring one change (rates are known to about a factor of two), within
`PRIOR_PHOTOS`. Gates are drawn from these rates and judged by the gate's rules. How well that works:
docs/decisions/0110.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.runtime.labels import Label
from export.gate.clusters import clusters_of
from export.gate.examine import Reference
from export.gate.photos import PhotoSet
from export.gate.tolerances import Tolerances, tiers_of
from export.gate.verdict import exceeds

# The largest chance to fail with which a file is taken.
RISK_MAX = 0.05
PRIOR_PHOTOS = 40.0, 4000.0
# Photos' worth of changes made to photos of other classes, among those made to a class' own.
BORROWED_PHOTOS = 40.0
# By how much logits are blurred, in standard deviations of all of them.
BLUR = 0.06
# Changes of logits that each photo meets, of its own class and of any; gates drawn.
CHANGES, DRAWS = 100, 4000
SEED = 0
# What becomes of a photo, class and tier: lost, kept or gained each.
KINDS, KEPT = 9, 4
CLASS_LOST = np.repeat([-1, 0, 1], 3)
TIER_LOST = np.tile([-1, 0, 1], 3)


@dataclass(frozen=True)
class Sizes:
    """Photos of each class int `[K]`, and for each class how many of them each lesion or patient has, int `[m]`."""

    photos: np.ndarray
    clusters: tuple[np.ndarray, ...]


def sizes_of(sets: Sequence[PhotoSet], classes: int) -> Sizes:
    """The sizes of a gate with the photos of `sets`; nothing is asked of what they show."""
    truth = np.concatenate([one.truth for one in sets])
    clusters = clusters_of(
        [group for one in sets for group in one.groups], [seen for one in sets for seen in one.pixels]
    )
    mine = [truth == k for k in range(classes)]
    return Sizes(
        np.array([int(one.sum()) for one in mine]),
        tuple(np.unique(clusters[one], return_counts=True)[1] for one in mine),
    )


def effect_of(sizes: np.ndarray) -> float:
    """Kish's largest design effect, sum n_k^2 / n, of photos that follow their lesion or patient, `sizes` [m] each."""
    return float(np.sum(sizes.astype(float) ** 2)) / float(np.sum(sizes)) if len(sizes) else 1.0


def chance_to_fail(reference: Reference, logits: np.ndarray, gate: Sizes, tolerances: Tolerances) -> float:
    """The chance, 0..1, that a gate of the sizes `gate` fails a file with `logits` [N, K] on the photos of `reference`.

    It is drawn, with the same result each time.
    """
    labels, photos = reference.labels, reference.photos
    own = sizes_of([photos], len(labels))
    rng = np.random.default_rng(SEED)
    kinds = kinds_of(photos.truth, reference.answers, logits.argmax(axis=1), labels)
    shape = (DRAWS, len(labels))
    lost, tier_lost = np.zeros(shape), np.zeros(shape)
    for k in np.flatnonzero(gate.photos):
        seen = np.bincount(kinds[photos.truth == k], minlength=KINDS) / effect_of(own.clusters[k])
        foretold = prior(reference, logits, int(k), rng)
        evidence = seen + weight_of(foretold) * foretold
        drawn = gates(evidence, gate.clusters[k], rng)
        lost[:, k], tier_lost[:, k] = drawn @ CLASS_LOST, drawn @ TIER_LOST
    return float(np.mean(failed(lost, tier_lost, gate.photos, labels, tolerances)))


def kinds_of(truth: np.ndarray, before: np.ndarray, after: np.ndarray, labels: Sequence[Label]) -> np.ndarray:
    """What becomes of each photo, 0..8, an index of `CLASS_LOST` and `TIER_LOST`; answers are label indices."""
    tiers = tiers_of(labels)
    tier = np.array([tiers.index(label.tier) for label in labels])
    by_class = (before == truth).astype(int) - (after == truth)
    by_tier = (tier[before] == tier[truth]).astype(int) - (tier[after] == tier[truth])
    return np.asarray(3 * (by_class + 1) + by_tier + 1)


def prior(reference: Reference, logits: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Shares [9] of kinds among photos of class `k`, or where there is none all, that meet changes made to others."""
    truth, before = reference.photos.truth, reference.logits
    everything = np.arange(len(truth))
    mine = np.flatnonzero(truth == k) if np.any(truth == k) else everything
    others = BORROWED_PHOTOS / (len(mine) + BORROWED_PHOTOS)
    found = np.zeros(KINDS)
    for pool, weight in ((mine, 1.0 - others), (everything, others)):
        some = pool if len(pool) <= CHANGES else rng.choice(pool, CHANGES, replace=False)
        changes = logits[some] - before[some]
        shape = (len(mine), len(some), before.shape[1])
        blurred = before[mine, None, :] + rng.normal(0.0, BLUR * float(before.std()), shape)
        answers, after = (each.argmax(axis=2).ravel() for each in (blurred, blurred + changes[None]))
        met = kinds_of(np.repeat(truth[mine], len(some)), answers, after, reference.labels)
        found += weight * np.bincount(met, minlength=KINDS) / len(met)
    return found


def weight_of(prior: np.ndarray) -> float:
    """How many photos a prior [9] counts as: as many as bring one change, within `PRIOR_PHOTOS`."""
    changed = float(prior.sum() - prior[KEPT])
    return float(np.clip(1.0 / max(changed, 1e-9), *PRIOR_PHOTOS))


def gates(evidence: np.ndarray, clusters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Photos int [DRAWS, 9] of each kind, whose rates have the Dirichlet distribution `evidence` [9].

    The photos of one lesion or patient, `clusters` [m] each, are of one kind.
    """
    shares = rng.standard_gamma(evidence, size=(DRAWS, KINDS)) + np.finfo(float).tiny
    shares /= shares.sum(axis=1, keepdims=True)
    sizes, counts = np.unique(clusters, return_counts=True)
    drawn = [size * rng.multinomial(count, shares) for size, count in zip(sizes, counts, strict=True)]
    return np.asarray(np.sum(drawn, axis=0))


def failed(
    lost: np.ndarray, tier_lost: np.ndarray, photos: np.ndarray, labels: Sequence[Label], tolerances: Tolerances
) -> np.ndarray:
    """Which of the gates fail, bool [n], of photos lost on balance [n, K] by class, as a class and as a tier."""
    found = exceeds(lost.sum(axis=1), photos.sum(), tolerances.accuracy, forgiven=0)
    for k, label in enumerate(labels):
        found |= exceeds(lost[:, k], photos[k], tolerances.of_class(label.code))
    for tier in tiers_of(labels):
        mine = np.array([label.tier is tier for label in labels])
        found |= exceeds(tier_lost[:, mine].sum(axis=1), photos[mine].sum(), tolerances.of_tier(tier.value))
    return np.asarray(found)
