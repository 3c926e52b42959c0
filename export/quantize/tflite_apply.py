"""Applies a scheme to a float .tflite through ai-edge-quantizer, told operator by operator what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from edge_app.runtime.errors import ConversionError
from export.quantize import ranges
from export.quantize.ranges import Histogram, Range
from export.quantize.schemes import SCHEME_RECIPES, SchemeRecipe
from export.quantize.tflite_graph import Graph
from export.quantize.tflite_islands import eight_bit_ops, linear_ops
from export.quantize.tflite_observe import Report, observe
from export.targets.quiet import noise_kept_aside

# XNNPACK has no kernel for a depthwise convolution with measured ranges, and its weights are few.
NOT_DYNAMIC = "DEPTHWISE_CONV_2D"
# Products that stay float in a static file still need not take four bytes a weight.
ISLAND = SCHEME_RECIPES["fp16"]
# Share by which a step in the file may differ from the one that was asked for.
STEP_TOLERANCE = 0.02


def quantized(content: bytes, recipe: SchemeRecipe, calibration: Sequence[np.ndarray] | None, report: Report) -> bytes:
    """The float model `content` in the scheme of `recipe`; static ones need `calibration`, uint8 `[S, S, 3]` photos."""
    graph = Graph(content)
    if recipe.activations == "static":
        if calibration is None or len(calibration) == 0:
            raise ConversionError("static8 needs calibration photos and got none; name some with --calibration-data")
        return static(content, graph, recipe, calibration, report)
    ops = linear_ops(graph)
    if recipe.activations == "dynamic":
        ops = [op for op in ops if graph.ops[op] != NOT_DYNAMIC]
    return run_quantizer(content, graph, dict.fromkeys(ops, recipe), None)


def static(
    content: bytes, graph: Graph, recipe: SchemeRecipe, calibration: Sequence[np.ndarray], report: Report
) -> bytes:
    """A static file with ranges from `calibration`."""
    tensors = {tensor for op in eight_bit_ops(graph) for tensor in (*graph.activations(op), graph.output(op))}
    find: Callable[[Histogram], Range] = getattr(ranges, recipe.ranges)
    seen = observe(content, tensors, calibration, report)
    report("choosing ranges and quantizing")
    return static_with(content, graph, {graph.name(tensor): find(histogram) for tensor, histogram in seen.items()}, ())


def static_with(content: bytes, graph: Graph, found: Mapping[str, Range], floats: Collection[int]) -> bytes:
    """A static file with the ranges `found` by tensor, the operators `floats` left in float.

    The file is read back to see that the ranges are in it.
    """
    ops = sorted(eight_bit_ops(graph, floats))
    islands = [op for op in linear_ops(graph) if op not in ops]
    recipes = {**dict.fromkeys(ops, SCHEME_RECIPES["static8"]), **dict.fromkeys(islands, ISLAND)}
    made = run_quantizer(content, graph, recipes, found)
    check_ranges(made, {graph.name(graph.output(op)) for op in linear_ops(graph) if op in ops}, found)
    return made


def run_quantizer(
    content: bytes, graph: Graph, recipes: Mapping[int, SchemeRecipe], found: Mapping[str, Range] | None
) -> bytes:
    """The model with each operator of `recipes` in its scheme, all others as they were; `found`: ranges by tensor."""
    with noise_kept_aside():
        try:
            from ai_edge_quantizer import quantizer, recipe_manager
        except ImportError as error:
            raise ConversionError("ai-edge-quantizer is not installed; pip install 'dermedge[tflite]'") from error
        rules = recipe_manager.RecipeManager()
        for op, recipe in recipes.items():
            add_rule(rules, graph, op, recipe)
        try:
            run = quantizer.Quantizer(content, rules.get_quantization_recipe())
            result = run.quantize(None if found is None else statistics(found))
        except (RuntimeError, ValueError, TypeError, KeyError, IndexError) as error:
            raise ConversionError(f"ai-edge-quantizer cannot quantize the model: {error}") from error
        return bytes(result.quantized_model)


def add_rule(rules: Any, graph: Graph, op: int, recipe: SchemeRecipe) -> None:
    """What to do with one operator, which the quantizer finds by the name of what it makes."""
    from ai_edge_quantizer import algorithm_manager, qtyping

    regex = f"^{re.escape(graph.name(graph.output(op)))};?$"
    name = qtyping.TFLOperationName(graph.ops[op])
    if recipe.activations == "static":
        rules.add_static_config(regex, name, activation_num_bits=8, weight_num_bits=8)
    elif recipe.activations == "dynamic":
        rules.add_dynamic_config(regex, name, num_bits=8, granularity=dynamic_granularity(graph.ops[op]))
    elif recipe.weights == "int8":
        rules.add_weight_only_config(regex, name, num_bits=8)
    else:
        half = qtyping.TensorQuantizationConfig(num_bits=16, dtype=qtyping.TensorDataType.FLOAT)
        config = qtyping.OpQuantizationConfig(
            weight_tensor_config=half, compute_precision=qtyping.ComputePrecision.FLOAT, explicit_dequantize=True
        )
        rules.add_quantization_config(regex, name, config, algorithm_manager.AlgorithmName.FLOAT_CASTING)


def dynamic_granularity(kind: str) -> Any:
    """One scale for all the weights of a FULLY_CONNECTED, one an output channel for convolutions.

    TensorFlow Lite up to 2.14 takes the first channel's scale for every channel of a FULLY_CONNECTED with measured
    ranges, and answers without a word (docs/decisions/0010).
    """
    from ai_edge_quantizer import qtyping

    whole = kind == "FULLY_CONNECTED"
    return qtyping.QuantGranularity.TENSORWISE if whole else qtyping.QuantGranularity.CHANNELWISE


def statistics(found: Mapping[str, Range]) -> dict[str, dict[str, np.ndarray]]:
    """Ranges as the quantizer's calibration result."""
    return {
        name: {"min": np.array([chosen.low], np.float32), "max": np.array([chosen.high], np.float32)}
        for name, chosen in found.items()
    }


def check_ranges(content: bytes, names: set[str], found: Mapping[str, Range]) -> None:
    """Raise ConversionError unless the tensors `names` of the file have the steps that were found for them.

    What is 0 on every photo (a residual branch that training has not begun) may have any step.
    """
    graph = Graph(content)
    steps = {
        graph.name(tensor): graph.graph.tensors[tensor].quantization.scale
        for tensor in graph.made_by
        if graph.dtype(tensor) == "INT8"
    }
    for name in sorted(names):
        wanted = (found[name].high - found[name].low) / ranges.LEVELS
        given = steps.get(name)
        if given is None or (wanted > 0.0 and abs(float(given[0]) - wanted) > STEP_TOLERANCE * wanted):
            raise ConversionError(
                f"the calibrated range of {name} is not in the file: its step is {given}, measured was {wanted:.3g}"
            )
