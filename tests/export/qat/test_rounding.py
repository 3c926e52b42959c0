"""What 8 bits do in training: numbers by hand, gradients by their definition."""

from __future__ import annotations

import pytest
import torch

from export.qat.rounding import LEVELS, RoundToRange, rounded_weight


def rounded(x: torch.Tensor, low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    return RoundToRange.apply(x, low, high)


def test_numbers_become_steps_and_those_outside_become_the_ends():
    x = torch.tensor([-2.0, -0.26, 0.0, 0.24, 0.26, 200.0])
    found = rounded(x, torch.tensor(-0.5), torch.tensor(127.0))
    torch.testing.assert_close(found, torch.tensor([-0.5, -0.5, 0.0, 0.0, 0.5, 127.0]))


def test_zero_stays_zero_when_the_ends_are_odd():
    found = rounded(torch.tensor([0.0]), torch.tensor(-0.377), torch.tensor(1.913))
    assert float(found) == 0.0


def test_gradients_pass_inside_and_go_to_the_ends_outside():
    x = torch.tensor([-2.0, 0.3, 200.0], requires_grad=True)
    low, high = (torch.tensor(value, requires_grad=True) for value in (-0.5, 127.0))
    rounded(x, low, high).backward(torch.tensor([1.0, 10.0, 100.0]))
    torch.testing.assert_close(x.grad, torch.tensor([0.0, 10.0, 0.0]))
    # Inside: 0.3 / 0.5 is rounded to 1, so a longer step moves it by 1 - 0.6 = 0.4, and an end moves a step by 1 / 255.
    by_step = 10.0 * 0.4 / LEVELS
    torch.testing.assert_close(low.grad, torch.tensor(1.0 - by_step))
    torch.testing.assert_close(high.grad, torch.tensor(100.0 + by_step))


def test_a_batch_is_rounded_like_its_photos():
    x = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(0))
    low, high = torch.tensor(-1.0), torch.tensor(2.0)
    found = torch.vmap(lambda one: rounded(one, low, high))(x)
    assert torch.equal(found, torch.stack([rounded(one, low, high) for one in x]))


def test_weights_have_one_step_size_an_output_channel_and_a_straight_gradient():
    weight = torch.tensor([[127.0, 0.6], [1.27, 0.006]], requires_grad=True)
    found = rounded_weight(weight)
    torch.testing.assert_close(found, torch.tensor([[127.0, 1.0], [1.27, 0.01]]))
    found.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    torch.testing.assert_close(weight.grad, torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_dead_channel_or_range_makes_no_nan(value):
    assert bool(torch.isfinite(rounded_weight(torch.full((2, 2), value))).all())
    zero = torch.tensor(0.0)
    assert float(rounded(torch.tensor([value]), zero, zero)) == pytest.approx(0.0, abs=1e-6)
