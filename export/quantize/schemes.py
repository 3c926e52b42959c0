"""The schemes of TFLite files as data: what happens to weights, what to activations, and where ranges come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class SchemeRecipe:
    """`weights`: bits in the file. `activations`: float, measured while running ("dynamic"), or fixed ("static").

    `ranges` names a function of `export.quantize.ranges`; it matters to static schemes alone. Which operators of those
    compute in 8 bits is in `export.quantize.tflite_islands`.
    """

    weights: Literal["fp32", "fp16", "int8"]
    activations: Literal["float", "dynamic", "static"]
    ranges: Literal["min_max", "least_error"] = "least_error"


# Float first, then by falling precision. fp16 and w8 compute in float32: smaller, not faster, on a CPU.
SCHEME_RECIPES = {
    "fp32": SchemeRecipe(weights="fp32", activations="float"),
    "fp16": SchemeRecipe(weights="fp16", activations="float"),
    "w8": SchemeRecipe(weights="int8", activations="float"),
    "dynamic8": SchemeRecipe(weights="int8", activations="dynamic"),
    "static8": SchemeRecipe(weights="int8", activations="static"),
}
