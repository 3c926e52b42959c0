"""Corruptions change what they should and no more; movements of answers and maps by hand."""

from __future__ import annotations

import numpy as np
import pytest

from train.evaluate.corruptions import CORRUPTIONS, STRENGTHS, corrupted
from train.evaluate.robustness import Seen, cosines, movement, share_on, stratified

IMAGES = np.random.default_rng(0).integers(60, 200, (2, 96, 96, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_grows_with_its_strength_and_follows_the_seed(name: str) -> None:
    away = []
    for strength in STRENGTHS:
        spoilt, drawn = corrupted(IMAGES, name, strength, 3)
        again, _ = corrupted(IMAGES, name, strength, 3)
        assert spoilt.shape == IMAGES.shape and spoilt.dtype == np.uint8 and (spoilt == again).all()
        away.append(np.abs(spoilt.astype(int) - IMAGES).mean())
        if name in ("ruler", "text"):
            untouched = ~drawn
            assert (spoilt[untouched] == IMAGES[untouched]).mean() > 0.97
    assert 0 < away[0] < away[1] < away[2]


def test_ruler_covers_the_share_of_the_photo_that_it_says() -> None:
    for strength, share in zip(STRENGTHS, (0.08, 0.14, 0.20), strict=True):
        _, drawn = corrupted(IMAGES, "ruler", strength, 0)
        assert drawn.mean() == pytest.approx(share, abs=0.01)


def test_uneven_light_darkens_one_side_to_what_it_says() -> None:
    grey = np.full((1, 96, 96, 3), 100, np.uint8)
    spoilt, _ = corrupted(grey, "uneven light", 3, 0)
    assert spoilt.max() <= 108 and 30 <= spoilt.min() < 60


def test_movement_is_worked_out_by_hand() -> None:
    before = np.zeros((2, 2, 2), np.float32)
    before[:, 0, 0] = 1.0
    after = before.copy()
    after[1] = [[0, 0], [0, 1.0]]
    drawn = np.zeros((2, 4, 4), bool)
    drawn[:, 2:, 2:] = True
    clean = Seen(np.array([[0.9, 0.1], [0.6, 0.4]]), before)
    found = movement(clean, Seen(np.array([[0.8, 0.2], [0.2, 0.8]]), after), np.array([0, 0]), drawn)
    assert found == {"accuracy": 0.5, "changed": 0.5, "probability_moved": pytest.approx((0.1 + 0.4) / 2),
                     "map_similarity": 0.5, "map_there_before": 0.0, "map_on_drawn": 0.5}  # fmt: skip


def test_maps_are_left_out_when_the_model_gives_none() -> None:
    seen = Seen(np.array([[1.0, 0.0]]), None)
    found = movement(seen, seen, np.array([0]), np.ones((1, 4, 4), bool))
    assert (found["changed"], found["map_similarity"], found["map_on_drawn"]) == (0.0, None, None)


def test_movement_of_empty_maps_is_undefined() -> None:
    empty = Seen(np.array([[1.0, 0.0]]), np.zeros((1, 2, 2), np.float32))
    found = movement(empty, empty, np.array([0]), np.ones((1, 4, 4), bool))
    assert (found["accuracy"], found["map_similarity"], found["map_on_drawn"]) == (1.0, None, None)


def test_share_of_a_map_counts_cells_by_how_much_of_them_is_drawn_on() -> None:
    maps = np.array([[[1.0, 1.0], [1.0, 1.0]], [[0, 0], [0, 0]]], np.float32)
    drawn = np.zeros((2, 4, 4), bool)
    drawn[:, :, :1] = True
    assert share_on(maps, drawn)[0] == pytest.approx(0.25) and np.isnan(share_on(maps, drawn)[1])
    assert np.isnan(cosines(maps, maps)[1])


def test_photos_to_spoil_are_of_every_class_in_turn() -> None:
    truth = np.array([0, 0, 0, 0, 1, 2, 2])
    assert stratified(truth, 5).tolist() == [0, 1, 4, 5, 6]
    assert stratified(truth, 99).tolist() == list(range(7))
