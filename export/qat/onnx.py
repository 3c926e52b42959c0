"""ONNX: which nodes of a static 8-bit file round what (`export.targets.onnx_quantize`), and its writing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from torch import nn

from export.qat.sites import Site
from export.quantize.ranges import Range
from export.targets import onnx_quantize
from export.targets.onnx_float import Report, float_model
from export.targets.onnx_quantize import eight_bit_nodes, static_with, weighted_nodes
from export.targets.onnx_read import constants, load_onnx
from export.targets.quiet import noise_kept_aside
from export.targets.whole_file import whole_file


def sites_of(module: nn.Module, side_px: int, report: Report) -> list[Site]:
    """The products and convolutions of the file of `module`."""
    from onnx import numpy_helper

    with float_file(module, side_px, report) as source:
        model = load_onnx(source)
    known, rounded = constants(model), {node.name for node in eight_bit_nodes(model)}
    sites = []
    for node in weighted_nodes(model):
        rounds = node.name in rounded
        sites.append(
            Site(
                weight=numpy_helper.to_array(known[node.input[1]]), rounds=rounds,
                reads=node.input[0] if rounds else None,
                makes=node.output[0] if rounds and node.op_type == "Conv" else None,
            )
        )  # fmt: skip
    return sites


def ranges_of(module: nn.Module, side_px: int, photos: Sequence[np.ndarray], report: Report) -> dict[str, Range]:
    """The range with the least error of every tensor that the file rounds, by name."""
    with float_file(module, side_px, report) as source:
        return onnx_quantize.ranges_of(load_onnx(source), photos, report)


def write(
    module: nn.Module,
    side_px: int,
    photos: Sequence[np.ndarray],
    learnt: Mapping[str, Range],
    out: Path,
    report: Report,
) -> None:
    """The file of the trained `module` with the ranges `learnt`."""
    with float_file(module, side_px, report) as source, noise_kept_aside(), whole_file(out) as temporary:
        model = static_with(source, source.parent, photos, learnt)
        temporary.write_bytes(model.SerializeToString(deterministic=True))


@contextmanager
def float_file(module: nn.Module, side_px: int, report: Report) -> Iterator[Path]:
    """The float model of `module` as a file in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "float.onnx"
        source.write_bytes(float_model(module, side_px, Path(folder), report))
        yield source
