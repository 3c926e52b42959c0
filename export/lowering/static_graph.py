"""A timm model as a graph of torch's own ops in which every size is a number.

Before: Python code that reads `x.shape` and computes paddings from it; tracing would record that arithmetic as integer
ops. After: an fx graph whose paddings (TF's asymmetric SAME among them) and shapes are constants, and whose weights are
attributes that graph passes can replace.
"""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn

from edge_app.runtime.errors import ConversionError
from export.targets.quiet import noise_kept_aside

# What torch.export raises on control flow or ops that it cannot follow.
EXPORT_ERRORS = (RuntimeError, ValueError, TypeError, AttributeError, NotImplementedError, AssertionError)


def static_graph(model: nn.Module, planes: Tensor) -> fx.GraphModule:
    """`model` for inputs of exactly the shape of `planes`. Raises ConversionError where torch.export cannot follow."""
    try:
        with torch.no_grad(), noise_kept_aside():
            graph = torch.export.export(model.eval(), (planes,)).module(check_guards=False)
    except EXPORT_ERRORS as error:
        raise ConversionError(f"torch.export cannot follow the model at {list(planes.shape)}: {error}") from error
    if not isinstance(graph, fx.GraphModule):
        raise ConversionError(
            f"torch.export returned a {type(graph).__name__} and no graph; use the torch of requirements/"
        )
    # torch.export's own class refuses train() and eval(), which every exporter calls.
    return fx.GraphModule(graph, graph.graph)


def constant(graph: fx.GraphModule, node: object) -> Tensor | None:
    """The weight that `node` reads, or None for anything computed."""
    if not isinstance(node, fx.Node) or node.op != "get_attr":
        return None
    value: object = graph
    for part in str(node.target).split("."):
        value = getattr(value, part)
    return value if isinstance(value, Tensor) else None


def add_constant(graph: fx.GraphModule, value: Tensor, before: fx.Node) -> fx.Node:
    """A node that reads a new weight holding `value`, placed ahead of `before`."""
    name = f"folded_{sum(1 for key in graph.state_dict() if key.startswith('folded_'))}"
    graph.register_parameter(name, nn.Parameter(value.detach().clone(), requires_grad=False))
    with graph.graph.inserting_before(before):
        return graph.graph.get_attr(name)


def cleaned(graph: fx.GraphModule) -> fx.GraphModule:
    """`graph` without the nodes and weights that nothing reads any more."""
    graph.graph.eliminate_dead_code()
    graph.delete_all_unused_submodules()
    graph.recompile()
    return graph
