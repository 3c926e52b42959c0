"""An epoch depends on its seed and number alone."""

from __future__ import annotations

import numpy as np
import pytest

from train.config import Augment, Sampler
from train.data.batches import EpochBatches, FitBatches, batches_in
from train.data.pixels import WorkPixels

LABELS = np.repeat([0, 1], [40, 8])
PIXELS = WorkPixels(np.random.default_rng(0).integers(0, 255, (48, 3, 8, 8), dtype=np.uint8), np.ones(48))


def epoch(seed: int, number: int) -> list[list[list[float]]]:
    batches = EpochBatches(
        PIXELS, LABELS, sampler=Sampler(), augment=Augment(), batch_size=16, seed=seed, epoch=number
    )  # fmt: skip
    return [[part.flatten().tolist() for part in batch] for batch in batches]


def test_epoch_repeats_when_seed_and_number_repeat_and_differs_otherwise() -> None:
    assert epoch(1, 2) == epoch(1, 2)
    assert epoch(1, 2) != epoch(1, 3)
    assert epoch(1, 2) != epoch(2, 2)


def test_epoch_has_half_again_as_many_draws_as_photos() -> None:
    assert sum(len(batch[1]) for batch in epoch(0, 0)) == 72


@pytest.mark.parametrize(("count", "batches"), [(64, 2), (65, 2), (66, 3), (31, 1)])
def test_a_last_batch_of_one_is_dropped(count: int, batches: int) -> None:
    assert batches_in(count, 32) == batches


def test_fit_batches_hold_every_photo_in_order() -> None:
    parts = list(FitBatches(PIXELS.photos, LABELS, 20))
    assert [len(part.labels) for part in parts] == [20, 20, 8]
    assert np.array_equal(np.concatenate([part.photos.numpy() for part in parts]), PIXELS.photos)
