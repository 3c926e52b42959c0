"""Damage counts every class alike, and blame follows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.gate.control import subset
from export.gate.examine import Findings
from export.quantize.damage import HARD, by_blame, damage, hard_photos, ratio
from tests.export.gate.invented import findings


def off(by: np.ndarray, counts: list[int]) -> Findings:
    """Findings whose logits are off by `by` [N], alike in every class."""
    found = findings(counts)
    return replace(found, logits=found.reference.logits + by[:, None].astype(np.float32))


def test_damage_weighs_a_rare_class_as_much_as_a_common_one() -> None:
    rare = np.r_[np.zeros(90), np.zeros(90), np.full(10, 2.0)]
    common = np.r_[np.full(90, 2.0), np.zeros(90), np.zeros(10)]
    assert damage(off(rare, [90, 90, 10])) == pytest.approx(4 / 3, rel=1e-4)
    assert damage(off(common, [90, 90, 10])) == pytest.approx(4 / 3, rel=1e-4)
    assert damage(findings([90, 90, 10])) == 0.0


def test_hard_photos_are_those_that_add_most() -> None:
    by = np.zeros(600)
    by[[7, 205, 590]] = [1.0, 3.0, 2.0]
    found = hard_photos(off(by, [200, 200, 200]))
    assert found[:3].tolist() == [205, 590, 7]
    assert len(found) == HARD


def test_ratio_is_of_the_photos_that_both_have_answered() -> None:
    """One file was stopped after photos on which the other, bad on all others, is twice as far off."""
    by = np.full(60, 9.0)
    first = np.arange(0, 60, 4)
    by[first] = 2.0
    whole, stopped = off(by, [20, 20, 20]), off(np.full(60, 1.0), [20, 20, 20])
    stopped = replace(stopped, reference=subset(stopped.reference, first), logits=stopped.logits[first])
    assert ratio(whole, stopped) == pytest.approx(4.0, rel=1e-4)
    assert ratio(stopped, whole) == pytest.approx(0.25, rel=1e-4)
    assert ratio(findings([5, 5, 5]), findings([5, 5, 5])) == 1.0


def test_blame_falls_on_the_group_whose_absence_leaves_least() -> None:
    found = off(np.full(60, 1.0), [20, 20, 20])
    left = {0: 0.9, 1: 0.2, 2: 0.5}

    def logits_without(group: int, photos: np.ndarray) -> np.ndarray:
        return found.reference.logits[photos] + np.float32(left[group])

    assert by_blame(found, 3, logits_without) == [1, 2, 0]


def test_blame_follows_the_rare_class_rather_than_the_many_photos_of_a_common_one() -> None:
    """Group 0 mends the common class by a third, group 1 the rare one entirely."""
    found = off(np.full(110, 1.0), [50, 50, 10])

    def logits_without(group: int, photos: np.ndarray) -> np.ndarray:
        truth = found.reference.photos.truth[photos]
        left = np.where(truth == 2, 0.0, 1.0) if group == 1 else np.where(truth == 0, 0.67, 1.0)
        return found.reference.logits[photos] + left[:, None].astype(np.float32)

    assert by_blame(found, 2, logits_without) == [1, 0]
