"""Batch norms fold to numbers worked out by hand."""

from __future__ import annotations

import torch
from torch import nn

from export.lowering.fold_graph_batch_norm import fold_graph_batch_norms
from export.lowering.static_graph import static_graph


def norm(mean: float, variance: float, gain: float, offset: float) -> nn.BatchNorm2d:
    """One channel, eps 0."""
    made = nn.BatchNorm2d(1, eps=0.0)
    with torch.no_grad():
        made.running_mean.fill_(mean)
        made.running_var.fill_(variance)
        made.weight.fill_(gain)
        made.bias.fill_(offset)
    return made


def names(graph) -> list[str]:
    return [str(node.target) for node in graph.graph.nodes if node.op == "call_function"]


def test_fold_multiplies_the_weight_and_moves_the_bias():
    model = nn.Sequential(nn.Conv2d(1, 1, 1), norm(mean=3.0, variance=4.0, gain=6.0, offset=1.0))
    with torch.no_grad():
        model[0].weight.fill_(5.0)
        model[0].bias.fill_(2.0)
    graph = fold_graph_batch_norms(static_graph(model, torch.zeros(1, 1, 2, 2)))
    assert names(graph) == ["aten.conv2d.default"]
    # 6 (5 x + 2 - 3) / 2 + 1 = 15 x - 2
    assert graph(torch.full((1, 1, 2, 2), 10.0)).flatten().tolist() == [148.0] * 4


def test_fold_makes_an_affine_when_no_convolution_is_before():
    model = nn.Sequential(norm(mean=3.0, variance=4.0, gain=6.0, offset=1.0))
    graph = fold_graph_batch_norms(static_graph(model, torch.zeros(1, 1, 1, 1)))
    assert names(graph) == ["aten.mul.Tensor", "aten.add.Tensor"]
    assert graph(torch.full((1, 1, 1, 1), 10.0)).item() == 22.0


class Shared(nn.Module):
    """A convolution whose output the norm is not alone in reading."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 1, 1), norm(mean=1.0, variance=1.0, gain=2.0, offset=0.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        return self.norm(y) + y


def test_fold_leaves_the_convolution_alone_when_others_read_it():
    model = Shared().eval()
    image = torch.randn(1, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    graph = fold_graph_batch_norms(static_graph(model, torch.zeros(1, 1, 3, 3)))
    assert names(graph) == ["aten.conv2d.default", "aten.mul.Tensor", "aten.add.Tensor", "aten.add.Tensor"]
    with torch.no_grad():
        torch.testing.assert_close(graph(image), model(image))
