"""8-bit products by onnxruntime's quantizer, with everything else left in float32.

Weights are int8 with one scale per output channel, activations uint8 with one scale per tensor: the pairing that x86
VNNI and Arm dot products take. Float islands: softmax, norms, both products of an attention (no constant operand), the
stem (its photo has every extreme) and the head (its error is the answer's, and it costs nothing).

Convolutions stay in float where there are products: onnxruntime has no fast kernel for a convolution whose ranges are
found at run time (its `ConvInteger` made a stock MobileViTv2 seven times slower), and depthwise ones with ranges from
photos are no faster than in float. static8 quantizes the convolutions of a network that has no products but its head.

Before (dynamic8): `DynamicQuantizeLinear(x)`, `MatMulInteger`, `Cast`, `Mul` by both scales, `Add` of the bias, which
onnxruntime joins to one op. After (static8): `QuantizeLinear(x)` by a range from photos, the rest as it was; it is
joined as well, and nothing looks for extremes. Pairs with `DequantizeLinear` become a slower op, which writes the bias
into every row before it multiplies (docs/decisions/0143).
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
from export.targets.onnx_read import constants, load_onnx, producers
from export.targets.onnx_weights import half_weights

PRODUCTS = ("Gemm", "MatMul")
# Share by which a step in the file may differ from the one that was asked for.
STEP_TOLERANCE = 0.02
# The step of a tensor that is 0 on every photo.
TINY = 1e-12
QUANTIZER_ERRORS = (RuntimeError, ValueError, TypeError, KeyError, IndexError, AssertionError)


def dynamic_products(model: Path, folder: Path) -> Any:
    """Activation ranges found at run time, in products only; what stays in float is stored in 16 bits."""
    return half_weights(dynamic_with(model, folder, ()))


def static_products(model: Path, folder: Path, photos: Sequence[np.ndarray], report: Report) -> Any:
    """Activation ranges from `photos`, uint8 `[S, S, 3]`: those with the least error.

    onnxruntime's own ranges are the extremes; for ham7-dev this halves the error of the logits (docs/decisions/0032).
    """
    return static_with(model, folder, photos, ranges_of(load_onnx(model), photos, report))


def ranges_of(content: Any, photos: Sequence[np.ndarray], report: Report) -> dict[str, Range]:
    """The range with the least error of each tensor that static8 rounds, by name."""
    seen = observe(content, rounded_tensors(content), photos, report)
    return {name: least_error(one) for name, one in seen.items()}


def static_with(
    model: Path, folder: Path, photos: Sequence[np.ndarray], found: Mapping[str, Range], floats: Collection[str] = ()
) -> Any:
    """static8 with the ranges `found`, the nodes `floats` left in float; what stays in float is stored in 16 bits.

    The file is read back to see that the ranges are in it.
    """
    content = load_onnx(model)
    given = {name: found[name] for name in rounded_tensors(content, floats) if name in found}
    if has_products(content):
        made = fixed(half_weights(dynamic_with(model, folder, floats)), given)
    else:
        made = half_weights(convolutions_with(model, folder, photos, given, floats))
    check_ranges(made, given)
    return made


def dynamic_with(model: Path, folder: Path, floats: Collection[str]) -> Any:
    """8-bit products but for `floats`, ranges found at run time."""
    load_runtime()
    from onnxruntime import quantization

    out = folder / "dynamic8.onnx"
    with temporary_files_in(folder), refusals("8-bit products"):
        quantization.quantize_dynamic(
            model, out, op_types_to_quantize=list(PRODUCTS), per_channel=True, weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=float_nodes(load_onnx(model), floats), extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
    return load_onnx(out)


def fixed(model: Any, found: Mapping[str, Range]) -> Any:
    """`model` (of `dynamic_with`) with the ranges `found`, by the name of what is rounded, in place.

    onnxruntime joins a product's ops where the product of both scales is a node. Of two constants it would be folded
    away, so one of the factors is a 1 that it does not fold, and the other both scales.
    """
    from onnx import helper, numpy_helper

    known, made_by = constants(model), producers(model)
    graph, steps = model.graph, dict[str, np.float32]()

    def constant(name: str, values: np.ndarray) -> str:
        graph.initializer.append(numpy_helper.from_array(values, name))
        return name

    def value_of(name: str) -> np.ndarray:
        while name not in known:
            name = made_by[name].input[0]
        return numpy_helper.to_array(known[name]).astype(np.float32)

    one = [constant("one_8", np.array(1, np.uint8)), constant("one_32", np.array(1, np.float32))]
    nodes = [helper.make_node("DequantizeLinear", one, ["one_read"]), helper.make_node("Abs", ["one_read"], ["one"])]
    for node in graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            (source,), (rounded, scale, zero) = node.input, node.output
            if source not in found:
                raise ConversionError(f"static8 has no range for {source}; report this with the version of onnxruntime")
            steps[scale] = np.float32(step_of(found[source]))
            constant(zero, np.rint(-found[source].low / steps[scale]).astype(np.uint8))
            node = helper.make_node(
                "QuantizeLinear", [source, constant(scale, np.asarray(steps[scale])), zero], [rounded]
            )
        elif steps.keys() & set(node.input):
            scale, weights = sorted(node.input, key=lambda name: name not in steps)
            both = value_of(weights) * steps[scale]
            node = helper.make_node("Mul", ["one", constant(f"{node.output[0]}_both", both)], list(node.output))
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    return without_unread(model)


def without_unread(model: Any) -> Any:
    """`model` without the constants, and the casts of them, that nothing reads, in place."""
    graph = model.graph
    for _ in range(2):
        read = {name for node in graph.node for name in node.input}
        for node in [node for node in graph.node if node.op_type == "Cast" and node.output[0] not in read]:
            graph.node.remove(node)
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in read]:
        graph.initializer.remove(tensor)
    return model


def convolutions_with(
    model: Path, folder: Path, photos: Sequence[np.ndarray], given: Mapping[str, Range], floats: Collection[str]
) -> Any:
    """8-bit convolutions but for `floats`, as QuantizeLinear/DequantizeLinear pairs, with the ranges `given`.

    onnxruntime's calibration runs on one photo and is overridden tensor by tensor.
    """
    load_runtime()
    from onnxruntime import quantization

    out = folder / "static8.onnx"
    with temporary_files_in(folder), refusals("static8"):
        quantization.quantize_static(
            model, out, Photos(photos[:1]), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
            op_types_to_quantize=["Conv"], activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8, nodes_to_exclude=float_nodes(load_onnx(model), floats),
            extra_options={"TensorQuantOverrides": {name: [limits(one)] for name, one in given.items()}},
        )  # fmt: skip
    return load_onnx(out)


def rounded_tensors(model: Any, floats: Collection[str] = ()) -> list[str]:
    """The activations that static8 rounds: what products read, or what convolutions read and give."""
    names = []
    for node in eight_bit_nodes(model):
        if node.name not in floats:
            names += [node.input[0], node.output[0]] if node.op_type == "Conv" else [node.input[0]]
    return list(dict.fromkeys(names))


def eight_bit_nodes(model: Any) -> list[Any]:
    """What static8 computes in 8 bits: products with constant weights but for stem and head, else convolutions."""
    inner = weighted_nodes(model)[1:-1]
    return [node for node in inner if node.op_type in PRODUCTS] or inner


def has_products(model: Any) -> bool:
    """Whether there are products with constant weights beside stem and head."""
    return any(node.op_type in PRODUCTS for node in eight_bit_nodes(model))


def weighted_nodes(model: Any) -> list[Any]:
    """Products and convolutions with constant weights, in the order of the file."""
    known = constants(model)
    return [node for node in model.graph.node if node.op_type in (*PRODUCTS, "Conv") and node.input[1] in known]


def check_ranges(model: Any, found: Mapping[str, Range]) -> None:
    """Raise ConversionError unless each of `found` stands in the file with the step that was asked for.

    What is 0 on every photo (a residual branch that training has not begun) may have any step.
    """
    from onnx import numpy_helper

    known = constants(model)
    pairs = [node for node in model.graph.node if node.op_type == "QuantizeLinear"]
    steps = {node.input[0]: float(numpy_helper.to_array(known[node.input[1]])) for node in pairs}
    for name, one in found.items():
        asked = step_of(one)
        if one.high > one.low and not abs(steps.get(name, 0.0) - asked) <= STEP_TOLERANCE * asked:
            raise ConversionError(
                f"static8 rounds {name} in steps of {steps.get(name)}, calibration found {asked:.4g}: its photos were"
                f" not used; report this with the version of onnxruntime"
            )


def step_of(found: Range) -> float:
    """What one of the 255 steps of a range stands for."""
    return max((found.high - found.low) / LEVELS, TINY)


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
