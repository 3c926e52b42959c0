"""TFLite: which operators of a static 8-bit file round what (`export.quantize.tflite_islands`), and its writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from torch import nn

from export.qat.sites import Site
from export.quantize.ranges import Range, least_error
from export.quantize.schemes import SCHEME_RECIPES
from export.quantize.tflite_apply import static_with
from export.quantize.tflite_graph import SHAPE_OPS, Graph
from export.quantize.tflite_islands import eight_bit_ops, linear_ops
from export.quantize.tflite_observe import Report, observe
from export.targets.tflite import check_scheme
from export.targets.tflite_facts import inspect
from export.targets.tflite_float import float_model
from export.targets.whole_file import whole_file


def sites_of(module: nn.Module, side_px: int, report: Report) -> list[Site]:
    """The products and convolutions of the file of `module`."""
    graph = Graph(float_model(module, side_px, report))
    chosen = eight_bit_ops(graph)
    return [site_of(graph, op, op in chosen) for op in linear_ops(graph)]


def site_of(graph: Graph, op: int, rounds: bool) -> Site:
    """One operator, in 8 bits or not."""
    tensor = graph.graph.tensors[graph.inputs(op)[1]]
    numbers = np.frombuffer(bytes(graph.model.buffers[tensor.buffer].data), np.float32)
    reads, makes = (graph.name(source_of(graph, graph.activations(op)[0])), graph.name(graph.output(op)))
    return Site(
        weight=numbers.reshape(graph.shape(graph.inputs(op)[1])), reads=reads if rounds else None,
        makes=makes if rounds else None, rounds=rounds,
    )  # fmt: skip


def source_of(graph: Graph, tensor: int) -> int:
    """The tensor that `tensor` is, but for its shape and a border of zeros: one range serves both."""
    while tensor in graph.made_by and graph.ops[graph.made_by[tensor]] in SHAPE_OPS:
        tensor = graph.inputs(graph.made_by[tensor])[0]
    return tensor


def ranges_of(module: nn.Module, side_px: int, photos: Sequence[np.ndarray], report: Report) -> dict[str, Range]:
    """The range with the least error of every tensor that the file may round, by name."""
    content = float_model(module, side_px, report)
    graph = Graph(content)
    chosen = eight_bit_ops(graph)
    given = {tensor for op in chosen for tensor in graph.activations(op)}
    tensors = {*given, *map(graph.output, chosen), *(source_of(graph, tensor) for tensor in given)}
    seen = observe(content, tensors, photos, report)
    return {graph.name(tensor): least_error(histogram) for tensor, histogram in seen.items()}


def write(
    module: nn.Module,
    side_px: int,
    photos: Sequence[np.ndarray],
    learnt: Mapping[str, Range],
    out: Path,
    report: Report,
) -> None:
    """The file of the trained `module` with the ranges `learnt`; tensors that no site rounds are calibrated anew."""
    content = float_model(module, side_px, report)
    graph = Graph(content)
    found = ranges_of(module, side_px, photos, report) | dict(learnt)
    for op in eight_bit_ops(graph):
        for tensor in graph.activations(op):
            found[graph.name(tensor)] = found[graph.name(source_of(graph, tensor))]
    with whole_file(out) as temporary:
        temporary.write_bytes(static_with(content, graph, found, ()))
        check_scheme(inspect(temporary), "static8", SCHEME_RECIPES["static8"])
