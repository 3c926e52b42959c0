"""CutMix: the piece by hand, and what share of a photo is left."""

from __future__ import annotations

import torch

from train.augment.cutmix import cut_mix, piece


def test_piece_has_its_area_around_its_middle_and_ends_at_the_border() -> None:
    # A quarter of 8 x 8 is a square of side 4: around (0.5, 0.5) from 2 to 6.
    assert piece(8, 0.75, 0.5, 0.5) == (2, 6, 2, 6)
    # x is along the row: left and right move, and what is beyond the border is cut off.
    assert piece(8, 0.75, 1.0, 0.5) == (2, 6, 6, 8)


def test_share_is_that_of_the_pixels_that_are_a_photos_own() -> None:
    images = torch.arange(6.0)[:, None, None, None].expand(6, 3, 16, 16).contiguous()
    seen = set()
    for seed in range(20):
        torch.manual_seed(seed)
        mixed, order, own = cut_mix(images, 1.0)
        for row in range(6):
            foreign = float((mixed[row, 0] == order[row]).float().mean())
            if order[row] != row:
                assert foreign == 1.0 - own
        seen.add(round(own, 3))
    assert len(seen) > 10


def test_nothing_is_mixed_when_the_chance_is_0() -> None:
    images = torch.randn(4, 3, 8, 8)
    mixed, _, own = cut_mix(images, 0.0)
    assert mixed is images
    assert own == 1.0
