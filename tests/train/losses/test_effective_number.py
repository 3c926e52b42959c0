"""Weights by effective number, against the source paper's own figures."""

from __future__ import annotations

import numpy as np
import pytest

from train.losses.class_weights import weights_by
from train.losses.effective_number import effective_number

# Class counts of the merged HAM10000 + MSLD v2.0 set as the dual-weighting paper lists them.
PAPER_COUNTS = {
    "nv": 10300, "mel": 3617, "mpox": 3408, "bcc": 2658, "bkl": 2099, "hfmd": 1932, "healthy": 1368,
    "chickenpox": 900, "cowpox": 792, "akiec": 693, "measles": 660, "scc": 502, "vasc": 202, "df": 191,
}  # fmt: skip


def weights_of(counts: list[int], beta: float) -> np.ndarray:
    return weights_by("effective_number", np.array(counts), beta=beta, scale="mean_1")


def test_effective_number_is_1_9_when_two_samples_meet_beta_0_9() -> None:
    assert effective_number(2, 0.9) == pytest.approx(1.9)


def test_class_weights_are_those_of_the_paper_when_given_its_counts() -> None:
    weights = dict(zip(PAPER_COUNTS, weights_of(list(PAPER_COUNTS.values()), 0.999), strict=True))
    assert {code: round(weights[code], 2) for code in ("df", "vasc", "nv", "mpox")} == {
        "df": 2.76, "vasc": 2.63, "nv": 0.48, "mpox": 0.50,
    }  # fmt: skip
    assert np.mean(list(weights.values())) == pytest.approx(1.0)


def test_class_weights_are_equal_when_beta_is_0() -> None:
    assert weights_of([1, 10, 1000], 0.0).tolist() == [1.0, 1.0, 1.0]
