"""An epoch depends on its seed and number alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from train.data.batches import EpochBatches, FitBatches, ahead, batches_in
from train.data.pixels import WorkPixels
from train.sections import Augment, Sampler

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


def test_sampler_counts_strata_where_they_are_given() -> None:
    # Two strata of 24 within 40 + 8 labels: drawn as often by the square root of their counts.
    strata = np.tile([0, 1], 24)
    batches = EpochBatches(
        PIXELS, LABELS, sampler=Sampler(epoch_multiplier=100.0), augment=Augment(), batch_size=16, seed=0, epoch=0,
        strata=strata,
    )  # fmt: skip
    assert np.mean(strata[batches.indices]) == pytest.approx(0.5, abs=0.03)
    assert np.mean(LABELS[batches.indices]) == pytest.approx(8 / 48, abs=0.03)


def test_a_last_batch_of_fewer_photos_than_processes_is_dropped() -> None:
    assert [batches_in(64 + rest, 32, 3) for rest in (1, 2, 3)] == [2, 2, 3]
    assert [batches_in(64 + rest, 32, 2) for rest in (1, 2)] == [2, 3]


@pytest.mark.parametrize(("count", "batches"), [(64, 2), (65, 2), (66, 3), (31, 1)])
def test_a_last_batch_of_one_is_dropped(count: int, batches: int) -> None:
    assert batches_in(count, 32) == batches


@pytest.mark.parametrize("parts", [2, 3])
def test_processes_share_each_batch_without_a_photo_twice_or_lost(parts: int) -> None:
    def batches(part: int, of: int) -> EpochBatches:
        return EpochBatches(
            PIXELS, LABELS, sampler=Sampler(kind="plain", epoch_multiplier=1.0), augment=Augment(), batch_size=20,
            seed=1, epoch=2, part=part, parts=of,
        )  # fmt: skip

    shared = [list(batches(part, parts)) for part in range(parts)]
    for number, whole in enumerate(batches(0, 1)):
        for field in whole._fields:
            together = torch.cat([getattr(shares[number], field) for shares in shared])
            assert torch.equal(together, getattr(whole, field))
    assert sorted(k for shares in shared for batch in shares for k in batch.positions.tolist()) == list(range(48))


def test_ahead_gives_all_in_order_and_passes_errors_on() -> None:
    assert list(ahead(lambda number: number * 10, 5)) == [0, 10, 20, 30, 40]
    assert list(ahead(lambda number: number, 0)) == []
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda number: 1 // (2 - number), 5))


def test_fit_batches_are_dealt_to_processes_in_turn() -> None:
    numbers = [[batch.number for batch in FitBatches(PIXELS.photos, LABELS, 10, part, 2)] for part in range(2)]
    assert numbers == [[0, 2, 4], [1, 3]]


def test_fit_batches_hold_every_photo_in_order() -> None:
    parts = list(FitBatches(PIXELS.photos, LABELS, 20))
    assert [len(part.labels) for part in parts] == [20, 20, 8]
    assert np.array_equal(np.concatenate([part.photos.numpy() for part in parts]), PIXELS.photos)
