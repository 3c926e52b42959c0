"""Which photos count, by hand."""

from __future__ import annotations

import torch

from train.curricula.choose import easiest, hardest, hardest_of_each_class

LOSSES = torch.tensor([0.1, 5.0, 0.3, 4.0, 3.0, 0.2])
LABELS = torch.tensor([0, 1, 0, 1, 1, 0])


def test_easiest_and_hardest_take_the_two_ends() -> None:
    assert easiest(LOSSES, LABELS, 2).tolist() == [1, 0, 0, 0, 0, 1]
    assert hardest(LOSSES, LABELS, 2).tolist() == [0, 1, 0, 1, 0, 0]


def test_hardest_of_each_class_takes_its_share_of_every_class_rounded_up() -> None:
    # 3 of 6 photos: of each class's 3, ceil(1.5) = 2; the easy class 0 is not starved.
    assert hardest_of_each_class(LOSSES, LABELS, 3).tolist() == [0, 1, 1, 1, 0, 1]
    assert hardest_of_each_class(LOSSES, LABELS, 6).tolist() == [1] * 6


def test_ties_are_broken_by_place() -> None:
    even = torch.ones(4)
    assert hardest_of_each_class(even, torch.zeros(4, dtype=torch.long), 2).tolist() == [1, 1, 0, 0]
    assert easiest(even, torch.zeros(4, dtype=torch.long), 2).tolist() == [1, 1, 0, 0]
