"""CoreML: which ops of a W8A8 program round what (`export.targets.coreml_activations`), and its writing.

coremltools' own training (`coremltools.optimize.torch`) wants torch's layer modules and torch.fx, and rounds where its
own fusion rules say (docs/decisions/0087); here the program itself says where.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from export.mil.load import load_program
from export.mil.ops import OPS
from export.qat.sites import Site
from export.quantize.ranges import Range
from export.targets.coreml_activations import QUANTIZED_OPS, activation_ranges, activations_in, rounded
from export.targets.coreml_compress import eight_bit_weights
from export.targets.coreml_float import Report, float_model, weights_of
from export.targets.coreml_package import write_package

# The oldest system with the ops quantize and dequantize.
SYSTEM = "iOS17"
# Of fewer numbers coremltools leaves weights as they are.
WEIGHTS_MIN = 2048


def sites_of(module: nn.Module, side_px: int, report: Report) -> list[Site]:
    """The products and convolutions of the program of `module`."""
    model = half_model(module, side_px, report)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float.mlpackage"
        write_package(model.get_spec(), weights_of(model), path)
        operations = load_program(path, OPS).function.operations
        linear = [op for op in operations if op.op_type in QUANTIZED_OPS]
        chosen = {op.name for op in rounded(linear)}
        return [
            Site(
                weight=np.asarray(op.weight.val), reads=op.x.name if op.name in chosen else None, makes=None,
                rounds=op.weight.val.size > WEIGHTS_MIN,
            )
            for op in linear
        ]  # fmt: skip


def ranges_of(module: nn.Module, side_px: int, photos: Sequence[np.ndarray], report: Report) -> dict[str, Range]:
    """The range with the least error of every value that linear ops read, by name."""
    model = half_model(module, side_px, report)
    return activation_ranges(model.get_spec(), weights_of(model), photos, report)


def write(
    module: nn.Module,
    side_px: int,
    photos: Sequence[np.ndarray],
    learnt: Mapping[str, Range],
    out: Path,
    report: Report,
) -> None:
    """The program of the trained `module` with the ranges `learnt`."""
    model = eight_bit_weights(activations_in(half_model(module, side_px, report), learnt))
    write_package(model.get_spec(), weights_of(model), out)


def half_model(module: nn.Module, side_px: int, report: Report) -> Any:
    """The MLModel that W8A8 starts from."""
    return float_model(module, side_px, "FLOAT16", SYSTEM, report)
