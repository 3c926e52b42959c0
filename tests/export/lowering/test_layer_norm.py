"""The affine of a norm folds exactly, and both forms of the norm agree."""

from __future__ import annotations

import torch
from torch import nn

from export.lowering.layer_norm import Normalise, fold_norm
from export.lowering.norms import UnitVariance, UnitVarianceInOneOp
from export.lowering.single_ops import with_single_ops


def test_fold_norm_gives_the_weights_worked_out_by_hand():
    norm = nn.LayerNorm(2)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([2.0, 3.0]))
        norm.bias.copy_(torch.tensor([10.0, 20.0]))
    weight, bias = fold_norm(norm, torch.tensor([[1.0, -1.0], [0.5, 0.0]]), torch.tensor([1.0, 2.0]))
    assert weight.tolist() == [[2.0, -3.0], [1.0, 0.0]]
    assert bias.tolist() == [-9.0, 7.0]


def test_normalise_equals_layer_norm_in_both_forms():
    rows = torch.randn(5, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 3 + 10
    spelled_out = nn.Sequential(Normalise(7, 1e-5))
    expected = nn.functional.layer_norm(rows, (7,), eps=1e-5)
    torch.testing.assert_close(spelled_out(rows), expected, rtol=1e-12, atol=1e-12)
    fused = with_single_ops(spelled_out)
    assert isinstance(fused[0], nn.LayerNorm)
    torch.testing.assert_close(fused(rows), expected, rtol=1e-12, atol=1e-12)


def test_unit_variance_is_a_group_norm_of_one_group_in_both_forms_with_and_without_factors():
    rows = torch.randn(6, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 3 + 10
    whole, in_one_op = UnitVariance(1e-5), UnitVarianceInOneOp(1e-5)
    expected = nn.functional.group_norm(rows[None], 1, eps=1e-5)[0]
    torch.testing.assert_close(in_one_op(rows), expected, rtol=1e-12, atol=1e-12)
    factors = torch.arange(1.0, 8.0, dtype=torch.float64)
    for norm in (whole, in_one_op):
        norm.set_scale(factors)
        torch.testing.assert_close(
            norm(rows.reshape(1, 6, 7)).reshape(6, 7), expected * factors, rtol=1e-12, atol=1e-12
        )


def test_normalise_keeps_its_factors_when_it_is_one_op():
    rows = torch.randn(5, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    spelled_out = nn.Sequential(Normalise(3, 1e-5))
    spelled_out[0].set_scale(torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64))
    expected = spelled_out(rows)
    torch.testing.assert_close(with_single_ops(spelled_out)(rows), expected, rtol=1e-12, atol=1e-12)
