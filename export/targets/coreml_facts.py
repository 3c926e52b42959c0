"""Reads what a `.mlpackage` holds from its specification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge_app.runtime.errors import BackendError, ConversionError
from export.mil.coremltools_import import coremltools
from export.mil.load import bound_values, load_spec, operations, refuse_missing_weights
from export.targets.facts import FileFacts, TensorFacts

# Name of the weights' input; a matrix product of two activations has none.
LINEAR_OPS = {"conv": "weight", "linear": "weight", "matmul": "y", "einsum": "values"}
EIGHT_BITS = ("INT8", "UINT8")
# Ops that restore weights from 8-bit steps, and their input with the steps.
STEPS = {"constexpr_affine_dequantize": "quantized_data", "constexpr_blockwise_shift_scale": "data"}


def inspect(path: Path) -> FileFacts:
    """Facts of the file. Raises ConversionError where it is no ML Program."""
    try:
        spec = load_spec(path)
        refuse_missing_weights(spec, Path(path))
    except BackendError as error:
        raise ConversionError(str(error)) from error
    ops = list(operations(spec))
    made_by = {output.name: operation for operation in ops for output in operation.outputs}
    linear = [operation for operation in ops if operation.type in LINEAR_OPS]
    eight_bit = [one for one in linear if weights_are_eight_bit(one, made_by)]
    tensors = [output.type for operation in ops for output in operation.outputs]
    return FileFacts(
        max_rank=max((len(one.tensorType.dimensions) for one in tensors), default=0),
        ops=dict(Counter(operation.type for operation in ops if operation.type != "const")),
        dtypes=dict(Counter(name for operation in ops for name in dtypes_of(operation))),
        inputs=tuple(feature_facts(one) for one in spec.description.input),
        outputs=tuple(feature_facts(one) for one in spec.description.output),
        linear_ops=len(linear),
        int8_ops=len(eight_bit),
        int8_activation_ops=sum(maker(one, "x", made_by) == "dequantize" for one in eight_bit),
        size_bytes=sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file()),
    )


def weights_are_eight_bit(operation: Any, made_by: dict[str, Any]) -> bool:
    """Whether the weights of a linear op are restored from 8-bit steps (palettes are indices, not steps)."""
    weights = made_by.get(argument_name(operation, LINEAR_OPS[operation.type]))
    if weights is None or weights.type not in STEPS:
        return False
    return stored_type(weights, STEPS[weights.type], made_by) in EIGHT_BITS


def stored_type(operation: Any, name: str, made_by: dict[str, Any]) -> str:
    """Element type of an op's constant, be it an attribute (iOS 16), a value in place, or another op's output."""
    if name in operation.attributes:
        return dtype_name(operation.attributes[name].type)
    for binding in operation.inputs[name].arguments:
        if binding.WhichOneof("binding") == "value":
            return dtype_name(binding.value.type)
        if binding.name in made_by:
            return dtype_name(made_by[binding.name].outputs[0].type)
    return ""


def maker(operation: Any, name: str, made_by: dict[str, Any]) -> str:
    """Type of the op whose output is the argument `name`; empty for an input of the program."""
    found = made_by.get(argument_name(operation, name))
    return "" if found is None else str(found.type)


def argument_name(operation: Any, name: str) -> str:
    """Name of the value bound to an argument; empty for a value in place."""
    arguments = operation.inputs[name].arguments if name in operation.inputs else []
    return str(arguments[0].name) if arguments else ""


def dtypes_of(operation: Any) -> Iterator[str]:
    """Element types of an op's outputs and of compressed constants inside it."""
    for output in operation.outputs:
        if output.type.WhichOneof("type") == "tensorType":
            yield dtype_name(output.type)
    if operation.type != "const":
        for value in (*operation.attributes.values(), *bound_values(operation)):
            if value.WhichOneof("value") == "blobFileValue":
                yield dtype_name(value.type)


def dtype_name(kind: Any) -> str:
    """`FLOAT16`, `INT8`, ..."""
    return str(coremltools().proto.MIL_pb2.DataType.Name(kind.tensorType.dataType))


def feature_facts(feature: Any) -> TensorFacts:
    """One input or output of the model's interface."""
    kind = feature.type.WhichOneof("Type")
    if kind == "imageType":
        image = feature.type.imageType
        colours = image.ColorSpace.Name(image.colorSpace)
        return TensorFacts(name=feature.name, dtype=f"IMAGE {colours}", shape=(1, 3, image.height, image.width))
    if kind == "multiArrayType":
        array = feature.type.multiArrayType
        dtype = array.ArrayDataType.Name(array.dataType)
        return TensorFacts(name=feature.name, dtype=dtype, shape=tuple(int(n) for n in array.shape))
    return TensorFacts(name=feature.name, dtype=kind.removesuffix("Type").upper(), shape=())
