from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.parity import bundle_parities, parity, runtimes_for
from edge_app.runtime.backends import Outputs
from edge_app.runtime.bundle import Bundle
from edge_app.runtime.errors import BackendError
from edge_app.runtime.golden import Golden
from tests.contracts.tiny_model import card, expected, images
from tests.edge_app.bundles import contents, signed, write_folder


class ShiftedBackend:
    """The tiny model with something added to its logits."""

    name = "shifted 1.0"

    def __init__(self, shift: np.ndarray) -> None:
        self.shift = shift

    def run(self, image: np.ndarray) -> Outputs:
        exact = expected(image)
        return Outputs((exact.logits + self.shift).astype(np.float32), exact.cam)


def golden(tolerance: float = 0.01) -> Golden:
    photos = images(4, seed=3)
    return Golden(photos, np.stack([expected(photo).logits for photo in photos]), None, tolerance)


def test_parity_is_exact_when_nothing_differs() -> None:
    found = parity(golden(), ShiftedBackend(np.zeros(4)), card())
    assert (found.photos, found.max_logit_difference, found.agreement, found.agrees) == (4, 0.0, 1.0, True)


def test_parity_measures_the_largest_difference_when_one_logit_is_off() -> None:
    found = parity(golden(), ShiftedBackend(np.array([0, 0, 0.5, 0])), card())
    assert found.max_logit_difference == pytest.approx(0.5, abs=1e-6)
    assert not found.agrees
    assert found.metrics()["within_tolerance"] == 0.0


def test_agreement_counts_equal_labels_when_one_label_always_wins() -> None:
    expected_labels = golden().logits.argmax(axis=1)
    found = parity(golden(), ShiftedBackend(np.array([100.0, 0, 0, 0])), card())
    assert found.agreement == np.mean(expected_labels == 0)


def test_parity_refuses_logits_that_are_not_finite() -> None:
    with pytest.raises(BackendError, match="not finite in shifted 1.0"):
        parity(golden(), ShiftedBackend(np.array([np.nan, 0, 0, 0])), card())


def test_bundle_parities_announces_and_runs_each_runtime(tmp_path: Path) -> None:
    bundle = Bundle.open(write_folder(signed(contents(), key=None), tmp_path / "b"), allow_unsigned=True)
    opener = runtimes_for(".tflite")["ai_edge_litert"]
    told: list[str] = []
    found = bundle_parities(bundle, 1, told.append, {"ai_edge_litert": opener})
    assert [p.backend.split()[0] for p in found] == ["ai_edge_litert"]
    assert found[0].agrees
    assert told == [f"b: {found[0].photos} golden photos in ai_edge_litert"]


def test_runtimes_for_a_suffix_with_one_runtime_names_the_suffix() -> None:
    assert list(runtimes_for(".onnx")) == [".onnx"]
