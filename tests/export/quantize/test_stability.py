"""The two halves of the calibration photos are compared step by step."""

from __future__ import annotations

import numpy as np
import pytest

from export.quantize.ranges import Histogram, Range, min_max
from export.quantize.stability import ratio, stability


def histogram(even: float, odd: float) -> Histogram:
    """What two photos showed, from 0 to `even` and from 0 to `odd`."""
    found = Histogram(0.0, max(even, odd))
    for photo, high in enumerate((even, odd)):
        found.add(np.linspace(0.0, high, 10_000), photo=photo)
    return found


def test_halves_that_agree_have_a_ratio_of_one() -> None:
    found = stability([histogram(4.0, 4.0)] * 3, min_max)
    assert found == {"tensors": 3, "median_step_ratio": 1.0, "worst_step_ratio": 1.0, "within_10_percent": 1.0}


def test_halves_that_differ_are_measured() -> None:
    found = stability([histogram(4.0, 4.0), histogram(1.0, 2.0), histogram(3.0, 1.0)], min_max)
    assert found["median_step_ratio"] == pytest.approx(2.0, rel=0.01)
    assert found["worst_step_ratio"] == pytest.approx(3.0, rel=0.01)
    assert found["within_10_percent"] == pytest.approx(1 / 3, abs=1e-4)


def test_ratio_is_one_for_a_tensor_that_is_zero_throughout() -> None:
    assert ratio(Range(0.0, 0.0), Range(0.0, 0.0)) == 1.0
    assert ratio(Range(0.0, 0.0), Range(0.0, 1.0)) > 1e5
