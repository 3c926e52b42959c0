"""The division by 255 and by the standard deviation, folded into the first convolution of a graph.

Before: `conv2d(pad(x / (255 d)), W)`. After: `conv2d(pad(x), W / (255 d))`, where x already has its mean subtracted: a
padded pixel is the mean colour in both. A graph that does anything else with its image first multiplies instead.
"""

from __future__ import annotations

import torch
from torch import Tensor, fx

from export.lowering.fold_graph_batch_norm import CONVOLUTION
from export.lowering.static_graph import add_constant, cleaned, constant

PAD = torch.ops.aten.pad.default


def fold_graph_input_scale(graph: fx.GraphModule, scale: Tensor) -> fx.GraphModule:
    """`graph` for images in 0..255 less their mean; `scale` `[3]` is 1 / (255 std)."""
    image = next(node for node in graph.graph.nodes if node.op == "placeholder")
    conv = _first_convolution(image)
    weight = None if conv is None else constant(graph, conv.args[1])
    channels = scale.reshape(1, -1, 1, 1)
    if conv is not None and weight is not None and weight.shape[1] == len(scale):
        folded = add_constant(graph, weight * channels.to(weight), conv)
        conv.args = (conv.args[0], folded, *conv.args[2:])
    else:
        _multiply(graph, image, channels)
    return cleaned(graph)


def _first_convolution(image: fx.Node) -> fx.Node | None:
    """The convolution that alone reads the image, with nothing but zero padding between."""
    node = image
    while len(node.users) == 1:
        (node,) = node.users
        if node.target is CONVOLUTION:
            return node
        if node.target is not PAD or (len(node.args) > 2 and node.args[2] != "constant") or any(node.args[3:]):
            return None
    return None


def _multiply(graph: fx.GraphModule, image: fx.Node, channels: Tensor) -> None:
    factor = add_constant(graph, channels, image.next)
    with graph.graph.inserting_after(factor):
        scaled = graph.graph.call_function(torch.ops.aten.mul.Tensor, (image, factor))
    image.replace_all_uses_with(scaled, delete_user_cb=lambda user: user is not scaled)
