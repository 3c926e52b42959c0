"""What a graph computes from weights alone, computed once.

Before: `x + cat(p[:, :1], resize(p[:, 1:]))`, as in ViTs for any input side, whose position table p is resized to the
side at hand by an op that converters do not have; or `conv2d(x, standardised(W))`, as in NFNets. After: `x + q`,
`conv2d(x, V)`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx

from export.lowering.static_graph import add_constant, cleaned, constant


def fold_graph_constants(graph: fx.GraphModule) -> fx.GraphModule:
    """`graph` with every tensor that depends on no input as a weight; single weights stay as they are."""
    for node in list(graph.graph.nodes):
        if node.op != "call_function" or not node.all_input_nodes:
            continue
        known = {source: constant(graph, source) for source in node.all_input_nodes}
        if all(value is not None for value in known.values()):
            _replace(graph, node, known)
    return cleaned(graph)


def _replace(graph: fx.GraphModule, node: fx.Node, known: dict[fx.Node, Any]) -> None:
    """Put the value of `node` in its place, where it is one tensor; an assertion that has just held may go."""
    arguments, options = fx.map_arg((node.args, node.kwargs), lambda source: known[source])
    with torch.no_grad():
        value = node.target(*arguments, **options)  # type: ignore[operator]
    if isinstance(value, Tensor):
        node.replace_all_uses_with(add_constant(graph, value, node))
    elif value is None:
        graph.graph.erase_node(node)
