"""timm's standard self-attention (as in ViT) with at most four axes.

Before: one matrix for q, k and v, its output viewed as `[B, N, 3, heads, d]`, permuted, unbound. After: three matrices,
each output viewed as `[B, N, heads, d]`.
"""

from __future__ import annotations

from timm.layers.attention import Attention
from torch import Tensor, nn
from torch.nn import functional

from edge_app.runtime.errors import ConversionError
from export.lowering.layers_nhwc import Linear
from export.lowering.maps import Matrix


def split_attention(module: nn.Module) -> nn.Module:
    """`module` with every timm `Attention` in it exchanged."""
    for name, child in module.named_children():
        if type(child) is Attention:
            setattr(module, name, PlainAttention(child))
        else:
            split_attention(child)
    return module


class PlainAttention(nn.Module):
    """Tokens `[B, N, C]` -> `[B, N, out]`; B is the number of patches or windows where there are any."""

    def __init__(self, attention: Attention) -> None:
        super().__init__()
        bias = attention.qkv.bias
        weights = attention.qkv.weight.chunk(3)
        biases = (None, None, None) if bias is None else bias.chunk(3)
        self.q, self.k, self.v = (Linear(Matrix(w, b)) for w, b in zip(weights, biases, strict=True))
        self.heads, self.head_dim, self.scale = attention.num_heads, attention.head_dim, attention.scale
        self.q_norm, self.k_norm, self.norm = attention.q_norm, attention.k_norm, attention.norm
        self.gate, self.proj = attention.gate, attention.proj

    def forward(self, x: Tensor, attn_mask: Tensor | None = None, is_causal: bool = False) -> Tensor:
        if attn_mask is not None or is_causal:
            raise ConversionError("an attention with a mask of its own has no lowering; use timm's image classifiers")
        q, k, v = self.q_norm(self._split(self.q(x))), self.k_norm(self._split(self.k(x))), self._split(self.v(x))
        scores = functional.softmax((q * self.scale) @ k.transpose(2, 3), dim=-1)
        mixed = (scores @ v).permute(0, 2, 1, 3).reshape(x.shape[0], -1, self.heads * self.head_dim)
        mixed = self.norm(mixed)
        if self.gate is not None:
            mixed = mixed * self.gate(x).sigmoid()
        return self.proj(mixed)

    def _split(self, tokens: Tensor) -> Tensor:
        """`[B, N, heads*d]` -> `[B, heads, N, d]`."""
        return tokens.reshape(tokens.shape[0], -1, self.heads, self.head_dim).permute(0, 2, 1, 3)
