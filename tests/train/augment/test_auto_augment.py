"""AutoAugment with numbers drawn before."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.transforms import AutoAugment

from train.augment.auto_augment import SUB_POLICIES, auto_augment, draw_policies


def photo() -> torch.Tensor:
    return torch.randint(0, 256, (3, 12, 12), generator=torch.Generator().manual_seed(0)).float()


def changed(*numbers: float) -> torch.Tensor:
    return auto_augment(photo()[None], torch.tensor([numbers]))[0]


def test_invert_and_equalize_are_done_only_where_their_chances_come_up() -> None:
    # Sub-policy 13: invert with probability 0.6, then equalize with probability 1.
    assert AutoAugment().policies[13] == (("Invert", 0.6, None), ("Equalize", 1.0, None))
    assert torch.equal(changed(13, 0.61, 1.1, 0, 0), photo())
    assert torch.equal(changed(13, 0.59, 1.1, 0, 0), 255 - photo())


def test_signs_turn_to_either_side() -> None:
    # Sub-policy 10 turns by level 8 of 0 to 9, up to 30 degrees.
    assert AutoAugment().policies[10][0] == ("Rotate", 0.8, 8)
    left, right = changed(10, 0.0, 1.1, 0, 0), changed(10, 0.0, 1.1, 1, 0)
    assert not torch.equal(left, right)
    assert torch.equal(left, photo()) is torch.equal(right, photo()) is False


def test_photos_that_are_not_chosen_stay_as_they_are_to_the_bit() -> None:
    photos = torch.rand(2, 3, 8, 8) * 255
    both = auto_augment(photos, torch.tensor([[-1.0, 0, 0, 0, 0], [13.0, 0, 0, 0, 0]]))
    assert torch.equal(both[0], photos[0])
    assert not torch.equal(both[1], photos[1])


def test_draws_are_one_sub_policy_of_25_for_the_chosen() -> None:
    assert len(AutoAugment().policies) == SUB_POLICIES
    chosen = np.arange(2000) % 2 == 0
    drawn = draw_policies(np.random.default_rng(0), chosen)
    assert set(drawn[chosen, 0]) == set(range(25))
    assert set(drawn[~chosen, 0]) == {-1}
    assert drawn[:, 1:3].mean() == pytest.approx(0.5, abs=0.02)
    assert set(np.unique(drawn[:, 3:])) == {0, 1}
