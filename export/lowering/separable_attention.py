"""Separable self-attention (Mehta and Rastegari 2022, section 3) over pixels in image order.

Before (timm, on the unfolded `[1, C, P=4, N]`), with x the normalised input:
    s = softmax_N(q x + b_q);  c = sum_N(s * (K x + b_K));  y = O (relu(V x + b_V) * c) + b_O
After:
    s = softmax_N(q x);  c = K sum_N(s * x) + b_K;  y = O (relu(V x + b_V) * c) + b_O
Exact: softmax ignores the constant b_q, and since s sums to 1 over N the linear map K may follow the sum, where it sees
4 vectors instead of the whole map.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from export.lowering.layer_norm import fold_norm
from export.lowering.maps import Matrix


@dataclass(frozen=True)
class Attention:
    """q `[1, C]` without bias, k, v and out `[C, C]`, for an input normalised without affine with `eps`."""

    query: Tensor
    key: Matrix
    value: Matrix
    out: Matrix
    eps: float


def attention_of(norm: nn.Module, attention: nn.Module) -> Attention:
    """The weights of timm's `LinearSelfAttention` behind `norm`, whose affine is folded in."""
    width = attention.embed_dim
    weight, bias = fold_norm(norm, attention.qkv_proj.weight.flatten(1), attention.qkv_proj.bias)
    query, key, value = weight.split([1, width, width])
    _, key_bias, value_bias = bias.split([1, width, width])
    return Attention(
        query=query,
        key=Matrix(key, key_bias),
        value=Matrix(value, value_bias),
        out=Matrix(attention.out_proj.weight.flatten(1), attention.out_proj.bias),
        eps=norm.eps,
    )
