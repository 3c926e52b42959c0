"""Every MIL op that the executor knows: one line a file, one entry an op."""

from __future__ import annotations

from collections.abc import Mapping

from export.mil import (
    ops_activation,
    ops_classify,
    ops_constexpr,
    ops_elementwise,
    ops_linear,
    ops_norm,
    ops_pool,
    ops_quantize,
    ops_reduce,
    ops_shape,
)
from export.mil.ops_elementwise import Op

OPS: Mapping[str, Op] = {
    **ops_elementwise.OPS,
    **ops_activation.OPS,
    **ops_linear.OPS,
    **ops_norm.OPS,
    **ops_reduce.OPS,
    **ops_shape.OPS,
    **ops_pool.OPS,
    **ops_constexpr.OPS,
    **ops_quantize.OPS,
    **ops_classify.OPS,
}
