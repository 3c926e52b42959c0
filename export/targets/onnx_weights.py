"""Weights stored in 16 or 8 bits and computed with in float32.

Before: `W` float32. After: `Cast(W16)`, or `Cast(W8) * scale` with one scale per output channel: both constant, so a
runtime computes them once when it loads the file, and an inference costs what it costs in float32. (onnxruntime leaves
`DequantizeLinear` of a constant in the graph and pays for it at every inference.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from export.targets.onnx_read import attribute, constants

SMALL = 1024
LEVELS = 127


def half_weights(model: Any) -> Any:
    """`model` with every large float32 constant stored as float16."""
    for tensor in large_constants(model):
        _store_half(model, tensor)
    return model


def byte_weights(model: Any) -> Any:
    """`model` with the weights of products and convolutions as int8, and other large constants as float16."""
    axes = weight_axes(model)
    for tensor in large_constants(model):
        if tensor.name in axes:
            _store_bytes(model, tensor, axes[tensor.name])
        else:
            _store_half(model, tensor)
    return model


def large_constants(model: Any) -> list[Any]:
    """float32 initializers of at least `SMALL` numbers."""
    import onnx

    floats = [tensor for tensor in model.graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT]
    return [tensor for tensor in floats if int(np.prod(tensor.dims)) >= SMALL]


def weight_axes(model: Any) -> dict[str, int]:
    """The axis of the output channels of each constant that is a weight."""
    known = constants(model)
    axes = {}
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm", "MatMul") and node.input[1] in known:
            axes[node.input[1]] = output_axis(node, len(known[node.input[1]].dims))
    return axes


def output_axis(node: Any, rank: int) -> int:
    """Conv `[out, ...]`, Gemm with transB `[out, in]`, otherwise `[..., in, out]`."""
    if node.op_type == "Conv" or (node.op_type == "Gemm" and attribute(node, "transB", 0)):
        return 0
    return rank - 1


def quantized(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """int8 values and float32 scales, symmetric, one scale for each index of `axis`, shaped to broadcast."""
    others = tuple(i for i in range(values.ndim) if i != axis)
    largest = np.abs(values).max(axis=others, keepdims=True)
    scales = np.where(largest > 0, largest / LEVELS, 1.0).astype(np.float32)
    return np.clip(np.rint(values / scales), -LEVELS, LEVELS).astype(np.int8), scales


def _store_half(model: Any, tensor: Any) -> None:
    from onnx import numpy_helper

    values = numpy_helper.to_array(tensor)
    if np.abs(values).max() > np.finfo(np.float16).max:
        return
    _replace(model, tensor, [numpy_helper.from_array(values.astype(np.float16), tensor.name + "_half")])


def _store_bytes(model: Any, tensor: Any, axis: int) -> None:
    from onnx import numpy_helper

    values, scales = quantized(numpy_helper.to_array(tensor), axis)
    stored = numpy_helper.from_array(values, tensor.name + "_int8")
    _replace(model, tensor, [stored, numpy_helper.from_array(scales, tensor.name + "_scale")])


def _replace(model: Any, tensor: Any, stored: list[Any]) -> None:
    """Put `stored` in the place of `tensor`, with the nodes that make it again under its old name."""
    from onnx import TensorProto, helper

    name, whole = tensor.name, tensor.name + "_float"
    if len(stored) == 1:
        nodes = [helper.make_node("Cast", [stored[0].name], [name], name=name + "_cast", to=TensorProto.FLOAT)]
    else:
        nodes = [
            helper.make_node("Cast", [stored[0].name], [whole], name=name + "_cast", to=TensorProto.FLOAT),
            helper.make_node("Mul", [whole, stored[1].name], [name], name=name + "_mul"),
        ]
    model.graph.initializer.remove(tensor)
    model.graph.initializer.extend(stored)
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
