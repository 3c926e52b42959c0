"""8-bit products by onnxruntime's quantizer, with everything else left in float32.

Weights are int8 with one scale per output channel, activations uint8 with one scale per tensor: the pairing that x86
VNNI and Arm dot products take. Float islands: softmax, norms, both products of an attention (no constant operand), the
stem (its photo has every extreme) and the head (its error is the answer's, and it costs nothing).

dynamic8 leaves convolutions in float: onnxruntime has no fast kernel for a convolution whose ranges are found at run
time (its `ConvInteger` made a stock MobileViTv2 seven times slower). static8 quantizes them, too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.runtime.backends.onnx import load_runtime
from edge_app.runtime.errors import ConversionError
from export.quantize.ranges import LEVELS, Range, least_error
from export.targets.onnx_float import Report
from export.targets.onnx_observe import observe
from export.targets.onnx_read import constants, load_onnx

PRODUCTS = ("Gemm", "MatMul")
# Share by which a step in the file may differ from the one that was asked for.
STEP_TOLERANCE = 0.02
QUANTIZER_ERRORS = (RuntimeError, ValueError, TypeError, KeyError, IndexError, AssertionError)


def dynamic_products(model: Path, folder: Path) -> Any:
    """Activation ranges found at run time, in products only."""
    load_runtime()
    from onnxruntime import quantization

    out = folder / "dynamic8.onnx"
    with temporary_files_in(folder), refusals("dynamic8"):
        quantization.quantize_dynamic(
            model, out, op_types_to_quantize=list(PRODUCTS), per_channel=True, weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=float_nodes(load_onnx(model)), extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
    return load_onnx(out)


def static_products(model: Path, folder: Path, photos: Sequence[np.ndarray], report: Report) -> Any:
    """Activation ranges from `photos`, uint8 `[S, S, 3]`, as QuantizeLinear/DequantizeLinear pairs.

    onnxruntime's own ranges are the extremes. These are the ones with the least error, which for ham7-dev halves the
    error of the logits (docs/decisions/0032); its calibration runs on one photo and is overridden tensor by tensor.
    """
    return static_with(model, folder, photos, ranges_of(load_onnx(model), photos, report))


def ranges_of(content: Any, photos: Sequence[np.ndarray], report: Report) -> dict[str, Range]:
    """The range with the least error of each tensor that static8 rounds, by name."""
    seen = observe(content, rounded_tensors(content), photos, report)
    return {name: least_error(one) for name, one in seen.items()}


def static_with(
    model: Path, folder: Path, photos: Sequence[np.ndarray], found: Mapping[str, Range], floats: Collection[str] = ()
) -> Any:
    """static8 with the ranges `found`, the nodes `floats` left in float; read back to see that the ranges are in it."""
    load_runtime()
    from onnxruntime import quantization

    out = folder / "static8.onnx"
    content = load_onnx(model)
    rounded = set(rounded_tensors(content, floats))
    given = {name: one for name, one in found.items() if name in rounded}
    with temporary_files_in(folder), refusals("static8"):
        quantization.quantize_static(
            model, out, Photos(photos[:1]), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
            op_types_to_quantize=[*PRODUCTS, "Conv"], activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8, nodes_to_exclude=float_nodes(content, floats),
            extra_options={
                "OpTypesToExcludeOutputQuantization": list(PRODUCTS),
                "TensorQuantOverrides": {name: [limits(one)] for name, one in given.items()},
            },
        )  # fmt: skip
    made = load_onnx(out)
    check_ranges(made, given)
    return made


def rounded_tensors(model: Any, floats: Collection[str] = ()) -> list[str]:
    """The activations that static8 rounds: what products and convolutions read, and what convolutions give."""
    islands = set(float_nodes(model, floats))
    names = []
    for node in weighted_nodes(model):
        if node.name not in islands:
            names += [node.input[0], node.output[0]] if node.op_type == "Conv" else [node.input[0]]
    return list(dict.fromkeys(names))


def weighted_nodes(model: Any) -> list[Any]:
    """Products and convolutions with constant weights, in the order of the file."""
    known = constants(model)
    return [node for node in model.graph.node if node.op_type in (*PRODUCTS, "Conv") and node.input[1] in known]


def check_ranges(model: Any, found: Mapping[str, Range]) -> None:
    """Raise ConversionError unless each of `found` stands in the file with the step that was asked for."""
    from onnx import numpy_helper

    known = constants(model)
    pairs = [node for node in model.graph.node if node.op_type == "QuantizeLinear"]
    steps = {node.input[0]: float(numpy_helper.to_array(known[node.input[1]])) for node in pairs}
    for name, one in found.items():
        asked = (one.high - one.low) / LEVELS
        if not abs(steps.get(name, 0.0) - asked) <= STEP_TOLERANCE * asked:
            raise ConversionError(
                f"static8 rounds {name} in steps of {steps.get(name)}, calibration found {asked:.4g}: its photos were"
                f" not used; report this with the version of onnxruntime"
            )


def limits(found: Range) -> dict[str, np.ndarray]:
    """A range as the quantizer takes it."""
    return {"rmin": np.array(found.low, np.float32), "rmax": np.array(found.high, np.float32)}


def float_nodes(model: Any, floats: Collection[str] = ()) -> list[str]:
    """Names of the products and convolutions that stay in float, before and after Gemm becomes MatMul and Add.

    `floats` are further ones.
    """
    weighted = [node.name for node in weighted_nodes(model)]
    linear = [node.name for node in model.graph.node if node.op_type in (*PRODUCTS, "Conv")]
    names = [*(name for name in linear if name not in weighted), *weighted[:1], *weighted[-1:], *floats]
    return [*names, *(f"{name}_MatMul" for name in names)]


class Photos:
    """What onnxruntime's calibration reads: one photo a step, then None."""

    def __init__(self, photos: Sequence[np.ndarray]) -> None:
        self._left: Iterator[np.ndarray] = iter(photos)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next photo as the model's input."""
        photo = next(self._left, None)
        return None if photo is None else {"image": photo[None]}


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """The quantizer's own temporary files go to `folder` instead of the machine's."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def refusals(scheme: str) -> Iterator[None]:
    """What the quantizer raises as ConversionError."""
    try:
        yield
    except QUANTIZER_ERRORS as error:
        raise ConversionError(f"onnxruntime cannot quantize the model to {scheme}: {error}") from error
