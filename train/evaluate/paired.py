"""How far apart two answers to the same photos are, as the score interval of paired proportions has it.

Of n pairs, b are right in the first alone (lost) and c in the second alone (gained); the drop is (b - c) / n, an
estimate of p10 - p01. Tango's interval stays honest when b or c is zero, where Wald's and the bootstrap's have no
width.

Source: Tango T (1998) Equivalence test and confidence interval for the difference in proportions for the paired-sample
design. Statistics in Medicine 17:891-908.
"""

from __future__ import annotations

import math
from statistics import NormalDist

ALPHA = 0.05
BISECTIONS = 80


def one_sided_z(alpha: float) -> float:
    """The standard normal quantile of 1 - alpha: 1.645 for 0.05."""
    return NormalDist().inv_cdf(1.0 - alpha)


def discordance_mle(lost: float, gained: float, n: float, delta: float) -> float:
    """p01 that maximises the likelihood when p10 - p01 = `delta` (Tango 1998).

    The larger root of 2n q^2 + (-b - c + (2n - b + c) delta) q - c delta (1 - delta) = 0.
    """
    a = 2.0 * n
    b = -lost - gained + (2.0 * n - lost + gained) * delta
    c = -gained * delta * (1.0 - delta)
    return (math.sqrt(max(b * b - 4.0 * a * c, 0.0)) - b) / (2.0 * a)


def score(lost: float, gained: float, n: float, delta: float) -> float:
    """Tango's score statistic of the hypothesis that the drop is `delta`; decreasing in `delta`.

    (b - c - n delta) / sqrt(n (2 q + delta (1 - delta))), q the restricted estimate of p01; McNemar's at delta = 0.
    """
    variance = n * (2.0 * discordance_mle(lost, gained, n, delta) + delta * (1.0 - delta))
    distance = lost - gained - n * delta
    if variance <= 0.0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def paired_drop_upper_bound(lost: float, gained: float, n: float, alpha: float = ALPHA) -> float:
    """One-sided upper 1 - `alpha` confidence limit of the drop p10 - p01, from -1 to 1.

    `lost` photos were right before and wrong after, `gained` the other way round, out of `n`; counts need not be whole
    (see `effective`). Without photos nothing is known and the limit is 1. With none lost and none gained it is
    z^2 / (n + z^2), so that a tolerance of 0.02 needs 133 photos.
    """
    if n <= 0:
        return 1.0
    z = one_sided_z(alpha)
    low, high = (lost - gained) / n, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        if score(lost, gained, n, middle) > -z:
            low = middle
        else:
            high = middle
    return high


def paired_interval(lost: float, gained: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Two-sided limits of the change p01 - p10 of a share, gains being good; (-1, 1) without photos."""
    alpha = (1.0 - level) / 2.0
    return -paired_drop_upper_bound(lost, gained, n, alpha), paired_drop_upper_bound(gained, lost, n, alpha)
