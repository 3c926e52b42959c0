from __future__ import annotations

import numpy as np
import pytest

from benchmarks.parity import parity, runtimes_for
from edge_app.runtime.golden import Golden
from tests.contracts.tiny_model import expected, images


def golden(tolerance: float = 0.01) -> Golden:
    photos = images(4, seed=3)
    return Golden(photos, np.stack([expected(photo).logits for photo in photos]), None, tolerance)


def shifted(*shift: float, count: int = 4) -> np.ndarray:
    """The golden logits of the first photos with something added."""
    return (golden().logits[:count] + np.array(shift)).astype(np.float32)


def test_parity_is_exact_when_nothing_differs() -> None:
    found = parity(golden(), "a runtime", shifted(0, 0, 0, 0))
    assert (found.photos, found.max_logit_difference, found.agreement, found.agrees) == (4, 0.0, 1.0, True)


def test_parity_measures_the_largest_difference_when_one_logit_is_off() -> None:
    found = parity(golden(), "a runtime", shifted(0, 0, 0.5, 0))
    assert found.max_logit_difference == pytest.approx(0.5, abs=1e-6)
    assert not found.agrees
    assert found.metrics()["within_tolerance"] == 0.0


def test_parity_is_of_the_photos_that_were_answered_and_says_how_many() -> None:
    found = parity(golden(), "a runtime", shifted(0, 0, 0, 0, count=3))
    assert (found.max_logit_difference, found.agreement) == (0.0, 1.0)
    assert (found.metrics()["photos"], found.metrics()["golden_photos"]) == (3, 4)


def test_agreement_counts_equal_labels_when_one_label_always_wins() -> None:
    expected_labels = golden().logits.argmax(axis=1)
    found = parity(golden(), "a runtime", shifted(100.0, 0, 0, 0))
    assert found.agreement == np.mean(expected_labels == 0)


def test_runtimes_for_a_suffix_with_one_runtime_names_the_suffix() -> None:
    assert list(runtimes_for(".onnx")) == [".onnx"]
