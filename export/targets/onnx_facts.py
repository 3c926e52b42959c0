"""Reads off a .onnx graph what a phone will compute: ranks, ops, element types, 8-bit products."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from export.targets.facts import FileFacts, TensorFacts
from export.targets.onnx_read import constants, load_onnx, producers

# Operand of the activations, operand of the weights.
LINEAR_OPS = {
    "Conv": (0, 1),
    "Gemm": (0, 1),
    "MatMul": (0, 1),
    "MatMulInteger": (0, 1),
    "ConvInteger": (0, 1),
    "QLinearConv": (0, 3),
    "QLinearMatMul": (0, 3),
}
EIGHT_BITS = ("INT8", "UINT8")
# Nodes through which a stored weight or an activation becomes what the product sees.
PASSED = ("DequantizeLinear", "Cast", "Mul", "Transpose", "Reshape")


def inspect(path: Path) -> FileFacts:
    """Facts of the file. Raises ConversionError where it is no .onnx."""
    model = load_onnx(path)
    shapes = shapes_of(model)
    stored = {name: dtype_name(tensor.data_type) for name, tensor in constants(model).items()}
    made_by = producers(model)
    pairs = [
        (stored_type(node.input[LINEAR_OPS[node.op_type][1]], stored, made_by), given_type(node, made_by))
        for node in model.graph.node
        if node.op_type in LINEAR_OPS
    ]
    return FileFacts(
        max_rank=max((len(shape) for shape, _ in shapes.values()), default=0),
        ops=dict(Counter(node.op_type for node in model.graph.node)),
        dtypes=dict(Counter(dtype for _, dtype in shapes.values())),
        inputs=tuple(ends(model.graph.input)),
        outputs=tuple(ends(model.graph.output)),
        linear_ops=len(pairs),
        int8_ops=sum(weights in EIGHT_BITS for weights, _ in pairs),
        int8_activation_ops=sum(weights in EIGHT_BITS and given in EIGHT_BITS for weights, given in pairs),
        size_bytes=Path(path).stat().st_size,
    )


def shapes_of(model: Any) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and element type of every tensor that shape inference can tell."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(model).graph
    known = {t.name: (tuple(t.dims), dtype_name(t.data_type)) for t in graph.initializer}
    for info in (*graph.value_info, *graph.input, *graph.output):
        known[info.name] = (dims(info), dtype_name(info.type.tensor_type.elem_type))
    return known


def stored_type(name: str, stored: dict[str, str], made_by: dict[str, Any]) -> str:
    """Element type in which the constant behind `name` lies in the file; "" for an activation."""
    while name not in stored:
        node = made_by.get(name)
        if node is None or node.op_type not in PASSED:
            return ""
        name = node.input[0]
    return stored[name]


def given_type(node: Any, made_by: dict[str, Any]) -> str:
    """Element type of a product's activations: UINT8 or INT8 where they have been quantized, else FLOAT."""
    if node.op_type in ("MatMulInteger", "ConvInteger", "QLinearConv", "QLinearMatMul"):
        return "UINT8"
    source = made_by.get(node.input[0])
    return "UINT8" if source is not None and source.op_type == "DequantizeLinear" else "FLOAT"


def ends(infos: Any) -> list[TensorFacts]:
    """Inputs or outputs of the graph."""
    return [
        TensorFacts(name=info.name, dtype=dtype_name(info.type.tensor_type.elem_type), shape=dims(info))
        for info in infos
    ]


def dims(info: Any) -> tuple[int, ...]:
    """Static shape; 0 for an axis of unknown length."""
    return tuple(int(d.dim_value) for d in info.type.tensor_type.shape.dim)


def dtype_name(number: int) -> str:
    """`FLOAT`, `INT8`, ..."""
    import onnx

    return str(onnx.TensorProto.DataType.Name(number))
