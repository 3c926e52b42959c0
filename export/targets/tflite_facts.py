"""Reads a .tflite flatbuffer with the schema that ships with ai-edge-litert."""

from __future__ import annotations

import struct
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import ConversionError
from export.targets.facts import FileFacts, TensorFacts

IDENTIFIER = b"TFL3"
# Operand of the activations, operand of the weights.
LINEAR_OPS = {"CONV_2D": (0, 1), "DEPTHWISE_CONV_2D": (0, 1), "FULLY_CONNECTED": (0, 1), "BATCH_MATMUL": (0, 1)}
EIGHT_BITS = ("INT8", "UINT8")
READ_ERRORS = (struct.error, IndexError, ValueError, TypeError, AttributeError, KeyError, OverflowError, MemoryError)


def inspect(path: Path) -> FileFacts:
    """Facts of the file, all of its subgraphs together. Raises ConversionError where it is no .tflite."""
    content = Path(path).read_bytes()
    model = model_of(content, str(path))
    try:
        return facts_of(model, len(content))
    except READ_ERRORS as error:
        raise ConversionError(f"{path} is cut short or damaged ({error}); export it again") from error


def facts_of(model: Any, size_bytes: int) -> FileFacts:
    """Facts of a model that has been read."""
    tensors = [tensor for graph in model.subgraphs for tensor in graph.tensors]
    linear = [
        weights_and_input(graph, op) for graph in model.subgraphs for op in graph.operators if is_linear(model, op)
    ]
    return FileFacts(
        max_rank=max((len(shape_of(tensor)) for tensor in tensors), default=0),
        ops=dict(Counter(op_name(model, op) for graph in model.subgraphs for op in graph.operators)),
        dtypes=dict(Counter(dtype_name(tensor) for tensor in tensors)),
        inputs=ends(model, "inputs"),
        outputs=ends(model, "outputs"),
        linear_ops=len(linear),
        int8_ops=sum(weights in EIGHT_BITS for weights, _ in linear),
        int8_activation_ops=sum(weights in EIGHT_BITS and given in EIGHT_BITS for weights, given in linear),
        size_bytes=size_bytes,
    )


def model_of(content: bytes, name: str) -> Any:
    """The flatbuffer as the schema's object tree."""
    from ai_edge_litert import schema_py_generated as schema

    if content[4:8] != IDENTIFIER:
        raise ConversionError(f"{name} is no TFLite model (no {IDENTIFIER.decode()} mark); give a .tflite file")
    try:
        return schema.ModelT.InitFromPackedBuf(content, 0)
    except READ_ERRORS as error:
        raise ConversionError(f"{name} is cut short or damaged ({error}); export it again") from error


@cache
def names(enumeration: str) -> dict[int, str]:
    """Number to name of one of the schema's enumerations."""
    from ai_edge_litert import schema_py_generated as schema

    kind = getattr(schema, enumeration)
    return {value: name for name, value in vars(kind).items() if isinstance(value, int)}


def op_name(model: Any, op: Any) -> str:
    """`CONV_2D` and the like; custom ops by their own name."""
    code = model.operatorCodes[op.opcodeIndex]
    if code.customCode:
        return code.customCode.decode() if isinstance(code.customCode, bytes) else str(code.customCode)
    builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
    return names("BuiltinOperator").get(builtin, f"BUILTIN_{builtin}")


def is_linear(model: Any, op: Any) -> bool:
    """Whether `op` is a matrix product or a convolution."""
    return op_name(model, op) in LINEAR_OPS


def weights_and_input(graph: Any, op: Any) -> tuple[str, str]:
    """Element types of the weights and of the input of a linear op."""
    return dtype_name(graph.tensors[op.inputs[1]]), dtype_name(graph.tensors[op.inputs[0]])


def dtype_name(tensor: Any) -> str:
    """`FLOAT32`, `INT8`, ..."""
    return names("TensorType").get(tensor.type, f"TYPE_{tensor.type}")


def shape_of(tensor: Any) -> tuple[int, ...]:
    """The static shape; empty for a scalar."""
    return tuple(int(n) for n in tensor.shape) if tensor.shape is not None else ()


def ends(model: Any, which: str) -> tuple[TensorFacts, ...]:
    """Inputs or outputs of the first graph, by their names in the signature where there is one."""
    graph = model.subgraphs[0]
    signatures = [s for s in model.signatureDefs or [] if s.subgraphIndex == 0]
    named = {m.tensorIndex: text(m.name) for s in signatures for m in getattr(s, which) or []}
    return tuple(
        TensorFacts(
            name=named.get(int(i), text(graph.tensors[i].name)),
            dtype=dtype_name(graph.tensors[i]),
            shape=shape_of(graph.tensors[i]),
        )
        for i in getattr(graph, which)
    )


def text(name: bytes | str) -> str:
    """Schema strings come as bytes."""
    return name.decode() if isinstance(name, bytes) else name
