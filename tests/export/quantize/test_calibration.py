"""The representative set is balanced, repeatable and recorded."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from edge_app.runtime.card import FitRule
from edge_app.runtime.errors import DataError
from export.quantize.calibration import balanced, representative, sha256_of
from train.data.sample import Sample
from train.data.spec import open_data


def samples_of(*counts: int, per_group: int = 1) -> list[Sample]:
    """`counts[k]` samples of class k, `per_group` to a group."""
    return [
        Sample(id=f"{label}-{i}", label=label, group=f"{label}-{i // per_group}", source=Path(f"{label}-{i}.jpg"))
        for label, count in enumerate(counts)
        for i in range(count)
    ]


def test_balanced_takes_all_of_a_rare_class_when_it_runs_out():
    chosen = balanced(samples_of(100, 3, 100), count=33, seed=0)
    assert Counter(sample.label for sample in chosen) == {0: 15, 1: 3, 2: 15}


@pytest.mark.parametrize("classes", [1, 2, 3, 4, 7, 8])
def test_samples_of_odd_number_are_as_many_of_each_class_as_those_of_even_number(classes: int) -> None:
    chosen = balanced(samples_of(*[40] * classes), count=30 * classes, seed=0)
    assert {Counter(sample.label for sample in half)[label] for half in (chosen[::2], chosen[1::2])
            for label in range(classes)} == {15}  # fmt: skip


def test_balanced_takes_everything_when_asked_for_more():
    assert len(balanced(samples_of(4, 2), count=300, seed=0)) == 6


def test_balanced_is_the_same_when_the_seed_is_the_same():
    samples = samples_of(50, 50)
    first, second, other = (balanced(samples, count=20, seed=seed) for seed in (1, 1, 2))
    assert first == second
    assert first != other


def test_balanced_takes_one_of_each_group_first_when_groups_repeat():
    chosen = balanced(samples_of(20, per_group=4), count=5, seed=0)
    assert len({sample.group for sample in chosen}) == 5


@pytest.mark.parametrize(("samples", "count"), [([], 10), (samples_of(3), 0)])
def test_balanced_refuses_when_there_is_nothing_to_choose(samples, count):
    with pytest.raises(DataError, match="calibration photos"):
        balanced(samples, count=count, seed=0)


def test_representative_records_count_and_hash_when_photos_are_phantoms():
    dataset = open_data("phantom:2:5", phantom_side_px=64)
    found = representative(dataset, dataset.labels, FitRule(side_px=32, resize_px=36), count=14, seed=0)
    assert found.images.shape == (14, 32, 32, 3)
    assert sorted(found.photos.truth) == list(range(14))
    assert found.record == {"count": 14, "sha256": sha256_of(found.images), "source": found.photos.name}


def test_sha256_of_changes_when_one_pixel_does():
    images = np.zeros((2, 4, 4, 3), np.uint8)
    changed = images.copy()
    changed[1, 2, 2, 0] = 1
    assert sha256_of(images) != sha256_of(changed)
