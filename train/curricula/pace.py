"""How many photos of a batch count in an epoch ("How Important Is Each Dermoscopy Image?", eq. 9)."""

from __future__ import annotations

import math


def alpha_of(batch_size: int, epochs: float) -> float:
    """The alpha of eq. 9 under which all `batch_size` photos count from `epochs` on.

    There m = M exp(a e) / (1 + exp(a e)) has come to M - 1/2, which rounds to M: a = log(2 M - 1) / e.
    """
    return math.log(2 * batch_size - 1) / epochs


def kept_of(batch_size: int, epoch: int, *, epochs: int, full_from: float) -> int:
    """m of eq. 9 for `epoch` from 0 of `epochs`, rounded to a whole number from M/2 to M (halves upwards).

    From the share `full_from` of the epochs on it is M.
    """
    full = full_from * epochs
    if epoch >= full:
        return batch_size
    grown = batch_size / (1.0 + math.exp(-alpha_of(batch_size, full) * epoch))
    return min(max(math.floor(grown + 0.5), math.ceil(batch_size / 2)), batch_size)
