"""Which patches a task looks at: those that its class token attends to most (DermImitFormer, arXiv 2307.08308)."""

from __future__ import annotations

import copy

import torch
from timm.models.vision_transformer import Block
from torch import Tensor, nn

# Added to the scores of patches that are left out; exp of it is 0 in float16, too.
LEFT_OUT = -1e4


class Branch(nn.Module):
    """A transformer block of a task's own, and its norm, with the weights of `block` and `norm`.

    Its attention is written out, since its weights are wanted, and has at most four axes.
    """

    def __init__(self, block: Block, norm: nn.Module) -> None:
        super().__init__()
        self.norm1, self.norm2, self.mlp, self.norm = (
            copy.deepcopy(part) for part in (block.norm1, block.norm2, block.mlp, norm)
        )
        self.attention = Attention(block.norm1.normalized_shape[0], block.attn.num_heads)
        parts = zip(block.attn.qkv.weight.chunk(3), block.attn.qkv.bias.chunk(3), strict=True)
        with torch.no_grad():
            for linear, (weight, bias) in zip(
                (self.attention.q, self.attention.k, self.attention.v), parts, strict=True
            ):
                linear.weight.copy_(weight)
                linear.bias.copy_(bias)
        self.attention.proj.load_state_dict(block.attn.proj.state_dict())

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens [B, 1 + N, D] after the block and the norm, and how much the class token attends to patches [B, N]."""
        normed = self.norm1(tokens)
        mixed, weights = self.attention(normed, normed)
        tokens = tokens + mixed
        tokens = tokens + self.mlp(self.norm2(tokens))
        return self.norm(tokens), weights[:, :, 0, 1:].mean(1)


class Attention(nn.Module):
    """Multi-head attention of `queries` [B, Q, D] to `tokens` [B, N, D]: [B, Q, D] and its weights [B, heads, Q, N].

    `bias` [B, N] is added to the scores.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.q, self.k, self.v, self.proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, queries: Tensor, tokens: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
        q, k, v = self.split(self.q(queries)), self.split(self.k(tokens)), self.split(self.v(tokens))
        scores = (q * self.scale) @ k.transpose(2, 3)
        if bias is not None:
            scores = scores + bias[:, None, None, :]
        weights = scores.softmax(-1)
        mixed = (weights @ v).permute(0, 2, 1, 3).reshape(queries.shape)
        return self.proj(mixed), weights

    def split(self, tokens: Tensor) -> Tensor:
        """[B, N, D] -> [B, heads, N, D / heads]."""
        return tokens.reshape(tokens.shape[0], tokens.shape[1], self.heads, -1).permute(0, 2, 1, 3)


def selected(scores: Tensor, kept: int) -> Tensor:
    """1 for the `kept` patches of highest score, else 0: [B, N], of equal scores the first; all for `kept` 0.

    Counted by comparison, not sorted, and in numbers, so that every exporter can follow.
    """
    count = scores.shape[1]
    if not 0 < kept < count:
        return torch.ones_like(scores)
    earlier = torch.ones(count, count, dtype=scores.dtype, device=scores.device).tril(-1)
    ours, theirs = scores[:, :, None], scores[:, None, :]
    before = (theirs > ours).to(scores.dtype) + (theirs == ours).to(scores.dtype) * earlier
    return (before.sum(2) < kept).to(scores.dtype)


def mean_of(tokens: Tensor, chosen: Tensor) -> Tensor:
    """Mean [B, D] of the patches of `tokens` [B, N, D] that are `chosen` [B, N], 1 or 0."""
    return (tokens * chosen[:, :, None]).sum(1) / chosen.sum(1, keepdim=True)
