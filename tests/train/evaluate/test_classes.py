"""Classes that are merged, and outputs that a map leaves out."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.runtime.errors import ConfigError
from edge_app.runtime.labels import label
from train.evaluate.classes import merged_classes, own_classes

LABELS = tuple(label(code) for code in ("nv", "mel", "bcc"))
MERGED = (label("nv"), label("mel"), label("scc"))


def test_probabilities_of_merged_classes_are_summed() -> None:
    plan = merged_classes(LABELS, MERGED, {"nv": "nv", "mel": "mel", "bcc": "mel"}, "m")
    logits = np.log(np.array([[1.0, 2.0, 5.0]]))
    assert plan.probabilities(logits) == pytest.approx(np.array([[1 / 8, 7 / 8, 0]]))
    assert plan.known.tolist() == [True, True, False]
    # At temperature 2 the odds are the square roots.
    whole = 1 + 2**0.5 + 5**0.5
    assert plan.probabilities(logits, 2.0)[0, 0] == pytest.approx(1 / whole)


def test_outputs_that_the_map_leaves_out_become_one_class_that_is_never_right() -> None:
    plan = merged_classes(LABELS, MERGED, {"nv": "nv"}, "m")
    assert (plan.codes, plan.place.tolist()) == (["nv", "mel", "scc", "other"], [0, 3, 3])
    assert plan.probabilities(np.zeros((1, 3)))[0].tolist() == pytest.approx([1 / 3, 0, 0, 2 / 3])


def test_a_map_without_any_class_of_the_model_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"label map m has none of the model's classes \(nv, mel, bcc\)"):
        merged_classes(LABELS, MERGED, {"wart": "nv"}, "m")


def test_own_classes_are_as_they_are() -> None:
    plan = own_classes(LABELS)
    assert plan.probabilities(np.log([[1.0, 1.0, 2.0]]))[0].tolist() == pytest.approx([0.25, 0.25, 0.5])
