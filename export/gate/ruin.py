"""A copy of a model file with the weights of its first layer zeroed: a file that any gate worth having must fail.

The first layer, because nothing leads past it: every photo then gets the same answer. Formats are told by their
endings; a layer further in could be the branch of a residual sum, without which a network does almost as well.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.errors import GateError


def ruined(model: Path, out: Path) -> Path:
    """The ruined copy of `model` at `out`; GateError where no layer with weights of its own is found."""
    ruin = RUINS[model.suffix]
    if not ruin(model, out):
        raise GateError(f"{model.name} has no layer with weights that could be zeroed; the gate cannot be proved on it")
    return out


def ruin_tflite(model: Path, out: Path) -> bool:
    """Zero the weights of the first product or convolution; 8-bit ones are symmetric, so that 0 is 0 in any type."""
    from export.quantize.tflite_graph import Graph, packed
    from export.quantize.tflite_islands import LINEAR_OPS

    graph = Graph(model.read_bytes())
    for op, name in enumerate(graph.ops):
        buffers = list(stored_behind(graph, graph.inputs(op)[1])) if name in LINEAR_OPS else []
        if buffers:
            for buffer in buffers:
                buffer.data = np.zeros_like(buffer.data)
            out.write_bytes(packed(graph.model))
            return True
    return False


def stored_behind(graph: Any, tensor: int) -> Iterator[Any]:
    """The buffer of a constant, or those of the constants that it is unpacked from (float16 to float32)."""
    if tensor in graph.made_by:
        for given in graph.inputs(graph.made_by[tensor]):
            yield from stored_behind(graph, given)
    elif graph.is_constant(tensor):
        buffer = graph.model.buffers[graph.graph.tensors[tensor].buffer]
        if buffer.data is not None and len(buffer.data):
            yield buffer


def ruin_onnx(model: Path, out: Path) -> bool:
    """Set the weights of the first product or convolution to what stands for 0 in their type."""
    from onnx import numpy_helper

    from export.targets.onnx_facts import LINEAR_OPS, PASSED
    from export.targets.onnx_read import constants, load_onnx, producers

    content = load_onnx(model)
    known, made_by = constants(content), producers(content)
    for node in content.graph.node:
        if node.op_type not in LINEAR_OPS:
            continue
        name, zero = node.input[LINEAR_OPS[node.op_type][1]], 0
        while name not in known and name in made_by and made_by[name].op_type in PASSED:
            maker = made_by[name]
            if maker.op_type == "DequantizeLinear" and len(maker.input) > 2 and maker.input[2] in known:
                zero = int(numpy_helper.to_array(known[maker.input[2]]).flat[0])
            name = maker.input[0]
        if name in known:
            values = np.full_like(numpy_helper.to_array(known[name]), zero)
            known[name].CopyFrom(numpy_helper.from_array(values, name))
            out.write_bytes(content.SerializeToString())
            return True
    return False


def ruin_coreml(model: Path, out: Path) -> bool:
    """Zero the stored bytes behind the weights of the first convolution or linear map: values, scales and palettes."""
    from export.mil.load import BLOB_HEADER, WEIGHTS, load_spec, operations
    from export.targets.coreml_facts import LINEAR_OPS, argument_name

    shutil.copytree(model, out)
    ops = list(operations(load_spec(model)))
    made_by = {output.name: operation for operation in ops for output in operation.outputs}
    for operation in ops:
        weights = made_by.get(argument_name(operation, LINEAR_OPS.get(operation.type, "")))
        blobs = list(blobs_behind(weights, made_by)) if weights is not None else []
        for blob in blobs:
            with (out / WEIGHTS / blob.fileName.split("/")[-1]).open("r+b") as file:
                file.seek(blob.offset)
                _, _, size, start = BLOB_HEADER.unpack(file.read(BLOB_HEADER.size))
                file.seek(start)
                file.write(bytes(size))
        if blobs:
            return True
    return False


def blobs_behind(operation: Any, made_by: dict[str, Any]) -> Iterator[Any]:
    """References to the stored values that `operation`, a constant or what unpacks constants, is made of."""
    from export.mil.load import bound_values

    if not operation.type.startswith("const"):
        return
    for value in (*operation.attributes.values(), *bound_values(operation)):
        if value.WhichOneof("value") == "blobFileValue":
            yield value.blobFileValue
    for argument in operation.inputs.values():
        for binding in argument.arguments:
            if binding.WhichOneof("binding") == "name" and binding.name in made_by:
                yield from blobs_behind(made_by[binding.name], made_by)


RUINS: dict[str, Callable[[Path, Path], bool]] = {
    ".tflite": ruin_tflite,
    ".onnx": ruin_onnx,
    ".mlpackage": ruin_coreml,
}
