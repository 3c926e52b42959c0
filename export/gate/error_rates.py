"""How often the gate errs: photos are drawn from a known truth and judged by the code that judges real files.

A file is *out of tolerance* when its true drop in some class is at or beyond the tolerance, *harmless* when its true
drop is 0 in every class and it only exchanges some right answers for others. Exact figures come from enumerating every
table of one class; whole gates, and photos that share lesions, are simulated.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from edge_app.runtime.labels import KNOWN, Label
from export.gate.bound import is_refuted
from export.gate.tolerances import Tolerances
from export.gate.verdict import Verdict, judge
from train.evaluate.paired import ALPHA, one_sided_z

# Three classes, each alone in its tier, so that no tier repeats another row's evidence.
LABELS: tuple[Label, ...] = (KNOWN["nv"], KNOWN["mel"], KNOWN["bcc"])
LOOKED_AT = 1
LEAST_CHANCE = 1e-10


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A file's true rates and the photos that it meets.

    One class of `photos` is looked at: `drop` is its true drop, `gained` the share of its photos that is gained (and,
    the drop aside, lost). The two other classes have `others` photos each and exchange the share `elsewhere`.
    `per_lesion` is the most photos of one lesion (1 to so many, equally likely; with `alone` above 0 that share of the
    photos is of lesions of one photo, and all others are of lesions of so many), `follow` the share of photos whose
    outcome is their lesion's.
    """

    photos: int
    drop: float = 0.0
    gained: float = 0.0
    others: int = 1000
    elsewhere: float = 0.0
    per_lesion: int = 1
    follow: float = 0.0
    alone: float = 0.0


def outcomes(
    photos: int, drop: float, gained: float, truth: Truth, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(differences, clusters) int [photos] of one class: 1 lost, -1 gained, 0 unchanged; whose lesion."""
    if truth.alone:
        sizes = np.ones(photos, dtype=int)
        sizes[round(truth.alone * photos) :] = truth.per_lesion
    else:
        sizes = rng.integers(1, truth.per_lesion + 1, photos)
    clusters = np.repeat(np.arange(photos), sizes)[:photos]
    kinds, chances = np.array([1, -1, 0]), [drop + gained, gained, 1.0 - drop - 2.0 * gained]
    of_lesion = rng.choice(kinds, photos, p=chances)[clusters]
    own = rng.choice(kinds, photos, p=chances)
    return np.where(rng.random(photos) < truth.follow, of_lesion, own), clusters


def verdict_of_one(truth: Truth, tolerances: Tolerances, rng: np.random.Generator) -> Verdict:
    """Draw one gate's photos and judge them."""
    counts = [truth.photos if k == LOOKED_AT else truth.others for k in range(len(LABELS))]
    drawn = [
        outcomes(count, truth.drop, truth.gained, truth, rng)
        if k == LOOKED_AT
        else outcomes(count, 0.0, truth.elsewhere, truth, rng)
        for k, count in enumerate(counts)
    ]
    label = np.repeat(np.arange(len(LABELS)), counts)
    wrong = (label + 1) % len(LABELS)
    differences = np.concatenate([differences for differences, _ in drawn])
    clusters = np.concatenate([k * len(label) + own for k, (_, own) in enumerate(drawn)])
    before, after = np.where(differences < 0, wrong, label), np.where(differences > 0, wrong, label)
    return judge(label, before, after, clusters, LABELS, tolerances).verdict


def shares(truth: Truth, tolerances: Tolerances, *, runs: int, seed: int | Sequence[int]) -> dict[Verdict, float]:
    """Share of each verdict over `runs` drawn gates; the same for the same `seed`."""
    rng = np.random.default_rng(seed)
    counts = Counter(verdict_of_one(truth, tolerances, rng) for _ in range(runs))
    return {verdict: counts[verdict] / runs for verdict in Verdict}


@cache
def most_lost(photos: int, gained: int, tolerance: float) -> int:
    """The largest number of lost photos with which a class still passes; -1 when not even 0 does."""
    lost = -1
    while lost + 1 <= photos - gained and is_refuted(tolerance, lost + 1, gained, photos, one_sided_z(ALPHA)):
        lost += 1
    return lost


def exact_pass_rate(photos: int, drop: float, gained: float, tolerance: float) -> float:
    """Probability that one class passes, its photos being independent, summed over every table of lost and gained."""
    from scipy.stats import binom

    total, spread = 0.0, math.sqrt(photos * gained)
    for count in range(int(photos * gained + 8 * spread) + 2):
        chance = float(binom.pmf(count, photos, gained))
        lost = most_lost(photos, count, tolerance)
        if chance > LEAST_CHANCE and lost >= 0:
            total += chance * float(binom.cdf(lost, photos - count, (drop + gained) / (1.0 - gained)))
    return total


def exact_over_sizes(
    sizes: Iterable[int], drop: float, gained: Sequence[float], tolerance: float
) -> tuple[float, float, int]:
    """(mean, largest, its number of photos) of the pass rates over class sizes and shares of gained photos."""
    rates = [(exact_pass_rate(photos, drop, share, tolerance), photos) for photos in sizes for share in gained]
    largest, where = max(rates)
    return float(np.mean([rate for rate, _ in rates])), largest, where
