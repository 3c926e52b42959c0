"""ONNX files (opset 20): onnxruntime on any phone or desktop.

fp32       as trained
fp16       weights in 16 bits, arithmetic in float32: half the size at the same speed
w8         weights in 8 bits, arithmetic in float32: a quarter of the size at the same speed
dynamic8   8-bit products, ranges of activations found at run time
static8    8-bit products, ranges from calibration photos; 8-bit convolutions in a network that has no products
What the 8-bit schemes leave in float is stored as in fp16.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from edge_app.runtime.errors import ConversionError
from export.targets import schemes
from export.targets.onnx_card import embed_card, read_card
from export.targets.onnx_facts import inspect
from export.targets.onnx_float import Report, float_model
from export.targets.onnx_quantize import dynamic_products, static_products
from export.targets.onnx_read import load_onnx
from export.targets.onnx_weights import byte_weights, half_weights
from export.targets.quiet import noise_kept_aside
from export.targets.whole_file import whole_file

__all__ = ["LAYOUT", "NAME", "SCHEMES", "SUFFIX", "convert", "embed_card", "inspect", "read_card"]

NAME = "onnx"
SUFFIX = schemes.SUFFIXES[NAME]
# Of `export.lowering`.
LAYOUT = "rows"
SCHEMES = schemes.SCHEMES[NAME]


def convert(
    module: nn.Module,
    *,
    side_px: int,
    scheme: str,
    calibration: Sequence[np.ndarray] | None,
    out: Path,
    report: Report = lambda line: None,
) -> Path:
    """Write `module` (from `lower`) to `out` in `scheme`; `calibration` are uint8 `[S, S, 3]` photos for static8.

    `report` is told of steps that take over 2 s. Raises ConversionError; `out` is then as it was.
    """
    if scheme not in SCHEMES:
        raise ConversionError(f"ONNX has no scheme {scheme!r}; allowed are {', '.join(SCHEMES)}")
    if scheme == "static8" and not calibration:
        raise ConversionError("static8 needs calibration photos and got none; name some with --calibration-data")
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as work, whole_file(out) as temporary:
        source = Path(work) / "float.onnx"
        source.write_bytes(float_model(module, side_px, Path(work), report))
        model = _in_scheme(source, scheme, calibration or (), report)
        temporary.write_bytes(model.SerializeToString(deterministic=True))
    return out


def _in_scheme(source: Path, scheme: str, calibration: Sequence[np.ndarray], report: Report) -> Any:
    """The float model in `source`, in `scheme`."""
    if scheme == "fp16":
        return half_weights(load_onnx(source))
    if scheme == "w8":
        return byte_weights(load_onnx(source))
    if scheme == "dynamic8":
        with noise_kept_aside():
            return dynamic_products(source, source.parent)
    if scheme == "static8":
        with noise_kept_aside():
            return static_products(source, source.parent, calibration, report)
    return load_onnx(source)
