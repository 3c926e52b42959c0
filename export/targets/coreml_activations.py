"""8-bit activations for an ML Program, calibrated on Linux.

coremltools calibrates by running the model in Core ML, so on a Mac. Here the executor runs the same program, and each
activation that a convolution or a linear map reads goes through MIL's ops `quantize` and `dequantize` on its way.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from edge_app.runtime.errors import ConversionError
from export.mil.coremltools_import import coremltools
from export.mil.executor import Executor
from export.quantize.observe import Observer, histograms
from export.quantize.ranges import Histogram, Range, least_error
from export.targets.coreml_float import IMAGE, Report, weights_of
from export.targets.coreml_package import write_package

# The ops whose input becomes 8-bit. Sums beside a skip, norms, softmax and products of activations stay float.
QUANTIZED_OPS = ("conv", "linear")
STEPS = 255
REPORT_EVERY = 50
LOWEST = -128
# A scale below float16's normal numbers may be taken for 0.
SCALE_MIN = 2.0**-14


def eight_bit_activations(model: Any, photos: Sequence[np.ndarray], report: Report) -> Any:
    """`model` with 8-bit inputs of its linear ops, but for the first and the last, by ranges seen on `photos`.

    The first op sees the photo itself and the last makes the answer: few sums, and every error in them shows.
    """
    ranges = activation_ranges(model.get_spec(), weights_of(model), photos, report)
    return activations_in(model, ranges)


def activations_in(model: Any, ranges: Mapping[str, Range], floats: Collection[str] = ()) -> Any:
    """`model` with 8-bit inputs of its linear ops by `ranges`, but for the first, the last and what makes `floats`."""
    spec = model.get_spec()
    insert_pairs(main_block(spec), ranges, floats)
    return coremltools().models.MLModel(spec, weights_dir=model.weights_dir, skip_model_load=True)


def activation_ranges(
    spec: Any, weights: Path | None, photos: Sequence[np.ndarray], report: Report
) -> dict[str, Range]:
    """The range with the least error of each float value that `QUANTIZED_OPS` read, by name."""
    seen = observe(executor_of(spec, weights), main_block(spec), photos, report)
    return {name: least_error(histogram) for name, histogram in seen.items()}


def observe(executor: Executor, block: Any, photos: Sequence[np.ndarray], report: Report) -> dict[str, Histogram]:
    """What each float value that `QUANTIZED_OPS` of `block` read was on `photos`, by name."""
    wanted = {one.inputs["x"].arguments[0].name for one in linear_ops(block)}

    def run(see: Observer[str]) -> None:
        for number, photo in enumerate(photos):
            if number % REPORT_EVERY == 0:
                report(f"calibrating: photo {number} of {len(photos)}")
            shown(executor, photo, wanted, see)

    return histograms(run)


def executor_of(spec: Any, weights: Path | None) -> Executor:
    """What runs the program of `spec` here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float.mlpackage"
        write_package(spec, weights, path)
        return Executor.open(path)


def shown(executor: Executor, photo: np.ndarray, wanted: Collection[str], see: Observer[str]) -> None:
    """Run `photo`, uint8 `[S, S, 3]`, and show the values `wanted`."""

    def look(name: str, value: Tensor) -> None:
        if name in wanted:
            see(name, value.numpy())

    executor.run(image_of(photo), look)


def image_of(photo: np.ndarray) -> dict[str, Tensor]:
    """A photo uint8 `[S, S, 3]` as the program takes it."""
    return {IMAGE: torch.from_numpy(photo.transpose(2, 0, 1)[None].astype(np.float32))}


def linear_ops(block: Any) -> list[Any]:
    """Convolutions and linear maps of `block`, in the order of the program."""
    return [operation for operation in block.operations if operation.type in QUANTIZED_OPS]


def main_block(spec: Any) -> Any:
    """The operations of the program's one function."""
    function = spec.mlProgram.functions["main"]
    return function.block_specializations[function.opset]


def insert_pairs(block: Any, ranges: Mapping[str, Range], floats: Collection[str] = ()) -> None:
    """Give the linear ops of `block` but the first and the last their input through `quantize` and `dequantize`.

    Those that make `floats` are left out, too. One pair serves all readers of a value. Raises ConversionError when
    there is nothing to quantize.
    """
    linear = linear_ops(block)
    chosen = {one.outputs[0].name for one in rounded(linear)}.difference(floats)
    types = {output.name: output.type for operation in block.operations for output in operation.outputs}
    if not chosen:
        raise ConversionError(f"the program has {len(linear)} linear ops and W8A8 leaves all of them in float; use w8")
    operations: list[Any] = []
    done: set[str] = set()
    for operation in block.operations:
        if operation.type in QUANTIZED_OPS and operation.outputs[0].name in chosen:
            binding = operation.inputs["x"].arguments[0]
            if binding.name not in done:
                operations.extend(pair(binding.name, types[binding.name], ranges[binding.name]))
                done.add(binding.name)
            binding.name = dequantized_name(binding.name)
        operations.append(operation)
    copies = [type(operation).FromString(operation.SerializeToString()) for operation in operations]
    del block.operations[:]
    block.operations.extend(copies)


def rounded(linear: Sequence[Any]) -> Sequence[Any]:
    """Those of the program's linear ops, in its order, whose input becomes 8-bit."""
    return linear[1:-1]


def pair(name: str, kind: Any, seen: Range) -> Iterator[Any]:
    """The ops that round the value `name` of type `kind` to 256 steps over its range, zero being one of them."""
    scale, zero_point = steps_over(seen)
    yield constant(f"{name}_scale", np.float16(scale))
    yield constant(f"{name}_zero_point", np.int8(zero_point))
    yield constant(f"{name}_dtype", "int8")
    shared = {"scale": f"{name}_scale", "zero_point": f"{name}_zero_point"}
    quantized = f"{name}_quantized"
    yield call("quantize", {"input": name, "output_dtype": f"{name}_dtype", **shared}, quantized, kind, "INT8")
    yield call("dequantize", {"input": quantized, **shared}, dequantized_name(name), kind, "FLOAT16")


def steps_over(seen: Range) -> tuple[float, int]:
    """(scale, zero point) of 8-bit steps over a range widened to hold zero."""
    low, high = min(seen.low, 0.0), max(seen.high, 0.0)
    scale = max(float(np.float16((high - low) / STEPS)), SCALE_MIN)
    return scale, int(np.clip(round(LOWEST - low / scale), LOWEST, LOWEST + STEPS))


def dequantized_name(name: str) -> str:
    return f"{name}_dequantized"


def constant(name: str, value: np.generic | str) -> Any:
    """The message of a constant: a string, or a number of 8 or 16 bits, which MIL stores as bytes."""
    operation = mil().Operation(type="const")
    named = {"name": name, "val": value}
    for key, one in named.items():
        stored = operation.attributes[key]
        stored.type.tensorType.dataType = data_type("STRING" if isinstance(one, str) else one.dtype.name.upper())
        if isinstance(one, str):
            stored.immediateValue.tensor.strings.values.append(one)
        else:
            stored.immediateValue.tensor.bytes.values = one.tobytes()
    operation.outputs.add(name=name).type.CopyFrom(operation.attributes["val"].type)
    return operation


def call(op: str, arguments: dict[str, str], output: str, kind: Any, dtype: str) -> Any:
    """The message of an op whose output has the shape of `kind`."""
    operation = mil().Operation(type=op)
    for name, value in arguments.items():
        operation.inputs[name].arguments.add().name = value
    made = operation.outputs.add(name=output)
    made.type.CopyFrom(kind)
    made.type.tensorType.dataType = data_type(dtype)
    operation.attributes["name"].CopyFrom(constant(output, "").attributes["name"])
    return operation


def mil() -> Any:
    return coremltools().proto.MIL_pb2


def data_type(name: str) -> int:
    return int(mil().DataType.Value(name))
