"""How much worse can the exported model be, given the photos that were seen? Pure functions of counts.

Every photo is a pair: the float model right or wrong, the exported file right or wrong. With n photos, b of them
right before and wrong after (lost) and c the other way round (gained), the drop is (b - c) / n, an estimate of
p10 - p01. The bound is the one-sided upper limit of Tango's score interval, corrected (export.gate.bound).

Sources:
  Kish L (1965) Survey Sampling. Wiley, section 5.4 and chapter 8.
  Karlin S, Cameron EC, Williams PT (1981) Sibling and parent-offspring correlation estimation with variable family
    size. Proceedings of the National Academy of Sciences 78:2664-2668.
  Obuchowski NA (1998) On the comparison of correlated proportions for clustered data. Statistics in Medicine
    17:1495-1507; in the form of Yang Z, Sun X, Hardin JW (2010) Biometrical Journal 52:638-652.
  Rao JNK, Scott AJ (1992) A simple method for the analysis of clustered binary data. Biometrics 48:577-585.
  McNemar Q (1947) Psychometrika 12:153-157.
"""

from __future__ import annotations

import math

import numpy as np

from export.gate.bound import drop_upper_bound
from train.evaluate.paired import ALPHA, one_sided_z

PHOTOS_NEEDED_MAX = 10_000_000


def mcnemar_p(lost: int, gained: int) -> float:
    """Exact two-sided p of McNemar's test: are losses and gains equally likely? 1 without any."""
    discordant = lost + gained
    if discordant == 0:
        return 1.0
    tail = sum(math.comb(discordant, k) for k in range(min(lost, gained) + 1)) / 2**discordant
    return min(1.0, 2.0 * tail)


def design_effect(differences: np.ndarray, clusters: np.ndarray, alpha: float = ALPHA) -> float:
    """By how much photos of one lesion or patient inflate the variance of the drop; at least 1, exactly 1 without them.

    `differences` int [n]: 1 lost, -1 gained, 0 unchanged; `clusters` [n]: which lesion or patient. It is Kish's
    1 + r (m - 1), m = sum n_k^2 / n, with the correlation r of all pairs within clusters (Karlin et al.); for clusters
    of one size that is Obuchowski's variance between clusters over the variance of independent photos. Photos that are
    alone in their clusters say nothing about r. From a handful of discordant photos of others little is known and from
    none nothing, so z^2 further ones are imagined that follow their cluster entirely, in clusters such as hold the
    pairs: with none seen r is 1, with many seen they no longer matter.
    """
    n = len(differences)
    if n == 0:
        return 1.0
    _, index, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    count = len(sizes)
    if count == n:
        return 1.0
    if count == 1:
        return float(n)
    partners = sizes - 1.0
    residuals = differences - np.mean(differences)
    own = np.bincount(index, weights=residuals**2)
    together = count / (count - 1) * np.bincount(index, weights=residuals) ** 2
    imagined = one_sided_z(alpha) ** 2 * float(np.sum(sizes * partners**2) / np.sum(sizes * partners))
    correlation = (float(np.sum(together - own)) + imagined) / (float(np.sum(partners * own)) + imagined)
    return 1.0 + max(0.0, correlation) * float(np.sum(sizes * partners)) / n


def effective(count: float, effect: float) -> float:
    """`count` photos as the number of independent ones that say as much (Rao and Scott 1992)."""
    return count / effect


def clustered_drop_upper_bound(differences: np.ndarray, clusters: np.ndarray, alpha: float = ALPHA) -> float:
    """`drop_upper_bound` for photos of which some show the same lesion or patient; equal to it when none do."""
    effect = design_effect(differences, clusters, alpha)
    lost, gained = float(np.sum(differences > 0)), float(np.sum(differences < 0))
    n = effective(len(differences), effect)
    return drop_upper_bound(effective(lost, effect), effective(gained, effect), n, alpha)


def photos_needed(lost: int, gained: int, n: int, tolerance: float, effect: float = 1.0) -> int | None:
    """How many photos more would bring the bound within `tolerance`, losses and gains keeping their present rates.

    0 when it is within already. None when the present drop is not below the tolerance, or ten million would not do.
    """

    def bound(photos: float) -> float:
        scale = photos / n if n else 0.0
        return drop_upper_bound(lost * scale / effect, gained * scale / effect, photos / effect)

    if n and bound(n) <= tolerance:
        return 0
    if n and (lost - gained) / n >= tolerance:
        return None
    low, high = n, max(2 * n, 16)
    while bound(high) > tolerance:
        low, high = high, 2 * high
        if high > PHOTOS_NEEDED_MAX:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if bound(middle) > tolerance else (low, middle)
    return high - n
