"""The gate's upper limit of a drop: Tango's score limit with two corrections that keep a promise of 5 %.

The score limit (train.evaluate.paired) takes the score for normal. Of a class whose true drop is the tolerance it lets
6.8 % through at worst, where counts are so few that their steps are coarse and their distribution is skewed. Both are
known to first order, and both are taken into account:

steps   half a photo is added to what was lost, as in Yates' correction: counts move in steps of one
skew    the normal quantile -z becomes -z + g (z^2 - 1) / 6, g the skewness of the score at the hypothesis (Cornish and
        Fisher 1938, first term)

Enumerating every table then finds at most 4.95 %, for tolerances from 0.005 to 0.05, a class of any size that can pass
at all, and any share of gained photos up to 5 % (docs/decisions/0083).

Sources:
  Yates F (1934) Contingency tables involving small numbers and the chi^2 test. Supplement to the Journal of the Royal
    Statistical Society 1:217-235.
  Cornish EA, Fisher RA (1938) Moments and cumulants in the specification of distributions. Revue de l'Institut
    International de Statistique 5:307-320.
"""

from __future__ import annotations

import math
from functools import lru_cache

from train.evaluate.paired import ALPHA, discordance_mle, one_sided_z

HALF_STEP = 0.5
BISECTIONS = 60


@lru_cache(maxsize=100_000)
def drop_upper_bound(lost: float, gained: float, n: float, alpha: float = ALPHA) -> float:
    """One-sided upper 1 - `alpha` confidence limit of the drop p10 - p01, from -1 to 1.

    `lost` photos were right before and wrong after, `gained` the other way round, out of `n`; counts need not be whole
    (see `export.gate.statistics.effective`). Without photos nothing is known and the limit is 1. With none lost and
    none gained a limit of 0.02 needs 155 photos (149 are the least that any honest test could do with: 0.98^149 < 5 %).
    """
    if n <= 0:
        return 1.0
    z = one_sided_z(alpha)
    low, high = (lost - gained) / n, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        if is_refuted(middle, lost, gained, n, z):
            high = middle
        else:
            low = middle
    return high


def is_refuted(delta: float, lost: float, gained: float, n: float, z: float) -> bool:
    """Whether so few lost photos refute that the drop is `delta`, above the one seen."""
    discordant = 2.0 * discordance_mle(lost, gained, n, delta) + delta
    variance = discordant - delta * delta
    if variance <= 0.0:
        return lost + HALF_STEP < gained + n * delta
    skew = (delta - 3.0 * delta * discordant + 2.0 * delta**3) / math.sqrt(n * variance**3)
    distance = (lost + HALF_STEP - gained - n * delta) / math.sqrt(n * variance)
    return distance <= -z + skew * (z * z - 1.0) / 6.0
