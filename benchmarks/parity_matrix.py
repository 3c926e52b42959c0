"""All against all: how far the answers of any two runtimes, targets and schemes are from each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.answers import BENCHMARK
from benchmarks.latency_rows import title_of
from edge_app.runtime.timing import BenchmarkRow


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Answers for the same photos, compared in pairs on as many photos as both answered.

    `difference` [n, n]: the largest absolute difference of a logit, before any temperature. `agreement` [n, n]: the
    share of photos with the same label. `photos` [n]: how many each answered. `data`: where the photos are from.
    """

    model: str
    data: str
    titles: tuple[str, ...]
    difference: np.ndarray
    agreement: np.ndarray
    photos: np.ndarray


def matrices(rows: Sequence[BenchmarkRow]) -> list[Matrix]:
    """One for each set of photos and number of classes, of the rows that hold answers for it, in their order."""
    answered = [row for row in rows if row.benchmark == BENCHMARK and row.provenance.get("logits")]
    return [matrix([row for row in answered if set_of(row) == one]) for one in dict.fromkeys(map(set_of, answered))]


def set_of(row: BenchmarkRow) -> tuple[str, int]:
    """(the photos that a row answers for, classes): logits are compared where both are the same."""
    return row.provenance["photos_sha256"], len(row.provenance["logits"][0])


def matrix(rows: Sequence[BenchmarkRow]) -> Matrix:
    """Of rows about the same photos."""
    answers = [np.asarray(row.provenance["logits"], dtype=np.float64) for row in rows]
    pairs = [[compared(mine, other) for other in answers] for mine in answers]
    return Matrix(
        model=rows[0].model,
        data=rows[0].provenance["data"],
        titles=tuple(title_of(row) for row in rows),
        difference=np.array([[difference for difference, _ in line] for line in pairs]),
        agreement=np.array([[agreement for _, agreement in line] for line in pairs]),
        photos=np.array([len(one) for one in answers]),
    )


def compared(mine: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """(largest difference, share of equal labels) of logits [n, K] and [m, K] on the first min(n, m) photos."""
    count = min(len(mine), len(other))
    mine, other = mine[:count], other[:count]
    same = mine.argmax(axis=1) == other.argmax(axis=1)
    return float(np.abs(mine - other).max()), float(same.mean())
