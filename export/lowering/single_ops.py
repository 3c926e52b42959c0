"""What ONNX has one op for and XNNPACK has not: norms, and rows in another order.

Such a module is spelled out in ops that every runtime is fast at, and has `one_op() -> nn.Module`, the same in one.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from torch import nn


@runtime_checkable
class Spelled(Protocol):
    """A module that can be one op instead of several."""

    def one_op(self) -> nn.Module:
        """The same as one op."""


def with_single_ops(module: nn.Module) -> nn.Module:
    """`module` with everything spelled out in it as one op."""
    for name, child in module.named_children():
        if isinstance(child, Spelled):
            setattr(module, name, child.one_op())
        else:
            with_single_ops(child)
    return module
