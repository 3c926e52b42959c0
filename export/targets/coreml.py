"""CoreML packages (ML Program): the Neural Engine, GPU and CPU of iPhones and Macs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from edge_app.runtime.errors import ConversionError
from export.targets import schemes
from export.targets.coreml_activations import eight_bit_activations
from export.targets.coreml_card import embed_card, read_card
from export.targets.coreml_compress import eight_bit_weights, palettized_weights
from export.targets.coreml_facts import inspect
from export.targets.coreml_float import Report, float_model, weights_of
from export.targets.coreml_package import write_package

__all__ = ["LAYOUT", "NAME", "SCHEMES", "SUFFIX", "convert", "embed_card", "inspect", "read_card"]

NAME = "coreml"
SUFFIX = schemes.SUFFIXES[NAME]
# Of `export.lowering`.
LAYOUT = "nchw"
SCHEMES = schemes.SCHEMES[NAME]
# The oldest system that reads each scheme: W8A8 needs the ops quantize and dequantize, 4 bits need grouped palettes.
SYSTEMS = {**dict.fromkeys(SCHEMES, "iOS16"), "w8a8": "iOS17", "palettized4": "iOS18"}


def convert(
    module: nn.Module,
    *,
    side_px: int,
    scheme: str,
    calibration: Sequence[np.ndarray] | None,
    out: Path,
    report: Report = lambda line: None,
) -> Path:
    """Write `module` (from `lower` in the layout "nchw") to `out` in `scheme`.

    The module takes `image` float `[1, 3, S, S]` in 0..255 and returns `logits` and, where it has one, `cam`.
    "w8a8" needs `calibration`, uint8 `[S, S, 3]` photos. Raises ConversionError; `out` is then as it was.
    """
    if scheme not in SCHEMES:
        raise ConversionError(f"CoreML has no scheme {scheme!r}; allowed are {', '.join(SCHEMES)}")
    if scheme == "w8a8" and not calibration:
        raise ConversionError(
            "CoreML's scheme 'w8a8' needs calibration photos and there are none; name some with --calibration-data"
        )
    model = float_model(module, side_px, "FLOAT32" if scheme == "fp32" else "FLOAT16", SYSTEMS[scheme], report)
    model = compressed(model, scheme, calibration or (), report)
    write_package(model.get_spec(), weights_of(model), Path(out))
    return Path(out)


def compressed(model: Any, scheme: str, calibration: Sequence[np.ndarray], report: Report) -> Any:
    """`model` with weights, and for "w8a8" activations, in the form of `scheme`."""
    if scheme == "w8":
        return eight_bit_weights(model)
    if scheme == "w8a8":
        return eight_bit_weights(eight_bit_activations(model, calibration, report))
    if scheme.startswith("palettized"):
        report(f"finding palettes for {scheme}")
        return palettized_weights(model, int(scheme.removeprefix("palettized")))
    return model
