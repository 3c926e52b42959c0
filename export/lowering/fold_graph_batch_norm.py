"""Batch norms of a graph, folded into the convolution before them.

Before: `batch_norm(conv2d(x, W, c))`, g, b, m, v. After: `conv2d(x, W s, (c - m) s + b)` with s = g / sqrt(v + eps).
A batch norm without a convolution of its own before it (as in pre-activation networks) becomes `x * s + (b - m s)`.
Exact either way, and zero padding is untouched since it precedes W.
"""

from __future__ import annotations

import torch
from torch import Tensor, fx

from edge_app.runtime.errors import ConversionError
from export.lowering.static_graph import add_constant, cleaned, constant

BATCH_NORM = torch.ops.aten.batch_norm.default
CONVOLUTION = torch.ops.aten.conv2d.default


def fold_graph_batch_norms(graph: fx.GraphModule) -> fx.GraphModule:
    """`graph` without batch norms."""
    for node in list(graph.graph.nodes):
        if node.target is BATCH_NORM:
            source = node.args[0]
            scale, shift = _affine(graph, node)
            if _is_its_own(graph, source):
                _into_convolution(graph, source, node, scale, shift)
            else:
                _as_affine(graph, node, scale, shift)
    return cleaned(graph)


def _affine(graph: fx.GraphModule, node: fx.Node) -> tuple[Tensor, Tensor]:
    """s and b - m s of a batch norm in inference, each `[C]`."""
    _, weight, bias, mean, variance, training, _, eps, *_ = node.args
    running_mean, running_variance = constant(graph, mean), constant(graph, variance)
    if training or running_mean is None or running_variance is None:
        raise ConversionError("a batch norm without running statistics cannot be folded; train with them")
    scale = torch.rsqrt(running_variance + float(eps))  # type: ignore[arg-type]
    gain, offset = constant(graph, weight), constant(graph, bias)
    scale = scale if gain is None else scale * gain
    shift = -running_mean * scale
    return scale, shift if offset is None else shift + offset


def _is_its_own(graph: fx.GraphModule, source: object) -> bool:
    """Whether `source` is a convolution with stored weights whose output nobody else reads."""
    if not isinstance(source, fx.Node) or source.target is not CONVOLUTION or len(source.users) != 1:
        return False
    return constant(graph, source.args[1]) is not None


def _into_convolution(graph: fx.GraphModule, conv: fx.Node, norm: fx.Node, scale: Tensor, shift: Tensor) -> None:
    weight = constant(graph, conv.args[1])
    bias = constant(graph, conv.args[2]) if len(conv.args) > 2 else None
    if weight is None:
        return
    folded_bias = shift if bias is None else shift + bias * scale
    nodes = [add_constant(graph, value, conv) for value in (weight * scale.reshape(-1, 1, 1, 1), folded_bias)]
    conv.args = (conv.args[0], *nodes, *conv.args[3:])
    norm.replace_all_uses_with(conv)
    graph.graph.erase_node(norm)


def _as_affine(graph: fx.GraphModule, norm: fx.Node, scale: Tensor, shift: Tensor) -> None:
    """Channels are the second axis, however many follow: heads have norms of `[1, C]`, token mixers of `[1, C, N]`."""
    shape = (1, -1) + (1,) * (norm.meta["val"].ndim - 2)
    ahead = [add_constant(graph, value.reshape(shape), norm) for value in (scale, shift)]
    with graph.graph.inserting_before(norm):
        scaled = graph.graph.call_function(torch.ops.aten.mul.Tensor, (norm.args[0], ahead[0]))
        moved = graph.graph.call_function(torch.ops.aten.add.Tensor, (scaled, ahead[1]))
    norm.replace_all_uses_with(moved)
    graph.graph.erase_node(norm)
