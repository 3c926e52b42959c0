"""Partition and shift equal timm's window_partition of torch.roll, and are undone by reverse."""

from __future__ import annotations

import pytest
import torch
from timm.models.swin_transformer import window_partition
from torch import nn

from export.lowering.single_ops import with_single_ops
from export.lowering.swin_windows import Rows, Windows, reordered, whole


@pytest.mark.parametrize(
    ("height", "width", "window", "shift"),
    [(4, 4, (2, 2), (0, 0)), (4, 6, (2, 3), (1, 1)), (14, 14, (7, 7), (3, 3)), (7, 7, (7, 7), (3, 3))],
)
def test_partition_equals_timm_and_reverse_undoes_it(height, width, window, shift):
    windows = Windows(height=height, width=width, channels=5, window=window, shift=shift)
    tokens = torch.arange(height * width * 5, dtype=torch.float32).reshape(height * width, 5)
    rolled = torch.roll(tokens.reshape(1, height, width, 5), (-shift[0], -shift[1]), dims=(1, 2))
    found = windows.partition(tokens)
    assert torch.equal(found, window_partition(rolled, window).reshape(-1, 5))
    assert torch.equal(windows.reverse(found), tokens)


def test_partition_orders_a_4_by_4_map_window_by_window():
    windows = Windows(height=4, width=4, channels=1, window=(2, 2), shift=(1, 1))
    found = windows.partition(torch.arange(16.0).reshape(16, 1)).flatten().tolist()
    assert found == [5, 6, 9, 10, 7, 4, 11, 8, 13, 14, 1, 2, 15, 12, 3, 0]


@pytest.mark.parametrize("shift", [(0, 0), (1, 2)])
def test_reordered_goes_straight_from_one_order_to_the_next_in_both_forms(shift):
    before = Windows(height=4, width=6, channels=5, window=(2, 3), shift=shift)
    after = Windows(height=4, width=6, channels=5, window=(4, 2), shift=(3, 1))
    tokens = torch.randn(24, 5)
    spelled_out = nn.Sequential(reordered(before, after))
    expected = after.partition(tokens)
    assert torch.equal(spelled_out(before.partition(tokens)), expected)
    looked_up = with_single_ops(spelled_out)
    assert isinstance(looked_up[0], Rows)
    assert torch.equal(looked_up(before.partition(tokens)), expected)


def test_reordered_does_nothing_between_equal_orders():
    assert isinstance(reordered(whole(4, 6, 5), whole(4, 6, 5)), nn.Identity)
