"""Class-balanced weights from the effective number of samples (Cui et al. 2019, doi:10.1109/CVPR.2019.00949)."""

from __future__ import annotations


def effective_number(count: int, beta: float) -> float:
    """Expected number of distinct samples among `count`: (1 - beta**n) / (1 - beta) (Cui et al. 2019, eq. 2)."""
    return float((1.0 - beta**count) / (1.0 - beta))
