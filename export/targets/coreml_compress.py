"""Smaller weights for an ML Program: 8-bit steps, or palettes of 64 or 16 numbers; activations stay float16."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from typing import Any

from edge_app.runtime.errors import ConversionError
from export.mil.coremltools_import import coremltools
from export.targets.coreml_float import CONVERTER_ERRORS
from export.targets.quiet import noise_kept_aside

# One palette for 16 output channels: 4 bits with one palette a tensor lose much more (iOS 18).
PALETTES: Mapping[int, Mapping[str, Any]] = {
    6: {},
    4: {"granularity": "per_grouped_channel", "group_size": 16},
}


def eight_bit_weights(model: Any) -> Any:
    """Weights of convolutions and linear maps in symmetric int8, one scale for each output channel."""
    return _compressed(model, "linear_quantize_weights", "OpLinearQuantizerConfig", {"mode": "linear_symmetric"})


def palettized_weights(model: Any, bits: int) -> Any:
    """Weights as `bits`-bit indices into palettes found by k-means."""
    return _compressed(
        model, "palettize_weights", "OpPalettizerConfig", {"mode": "kmeans", "nbits": bits, **PALETTES[bits]}
    )


def _compressed(model: Any, function: str, config: str, options: Mapping[str, Any]) -> Any:
    coremltools()
    tools = importlib.import_module("coremltools.optimize.coreml")
    try:
        with warnings.catch_warnings(), noise_kept_aside():
            warnings.simplefilter("ignore")
            settings = tools.OptimizationConfig(global_config=getattr(tools, config)(**options))
            return getattr(tools, function)(model, settings)
    except CONVERTER_ERRORS as error:
        raise ConversionError(f"coremltools cannot compress the weights ({function}): {error}") from error
