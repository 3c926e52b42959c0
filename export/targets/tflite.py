"""TFLite files: XNNPACK on every phone's CPU, and whatever delegate a phone offers.

Schemes: fp32; fp16 and w8 (smaller files, float arithmetic); dynamic8 (8-bit products, ranges measured while running);
static8 (8-bit from the first convolution on, ranges from calibration photos, float islands where 8 bits hurt).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

from edge_app.runtime.errors import ConversionError
from export.quantize.schemes import SCHEME_RECIPES, SchemeRecipe
from export.quantize.tflite_apply import quantized
from export.targets import schemes
from export.targets.facts import FileFacts
from export.targets.tflite_card import embed_card, read_card
from export.targets.tflite_facts import inspect
from export.targets.tflite_float import Report, float_model
from export.targets.whole_file import whole_file

__all__ = ["LAYOUT", "NAME", "SCHEMES", "SUFFIX", "convert", "embed_card", "inspect", "read_card"]

NAME = "tflite"
SUFFIX = schemes.SUFFIXES[NAME]
# Of `export.lowering`.
LAYOUT = "nhwc"
SCHEMES = schemes.SCHEMES[NAME]
# Of all products and convolutions, how many have to be in 8 bits for a file to be called so.
EIGHT_BIT_SHARE = 0.5


def convert(
    module: nn.Module,
    *,
    side_px: int,
    scheme: str,
    calibration: Sequence[np.ndarray] | None,
    out: Path,
    report: Report = lambda line: None,
) -> Path:
    """Write `module` (from `lower`) to `out` in `scheme`; static schemes need `calibration`, uint8 `[S, S, 3]` photos.

    `report` is told of steps that take over 2 s. Raises ConversionError; `out` is then as it was.
    """
    if scheme not in SCHEMES:
        raise ConversionError(f"TFLite has no scheme {scheme!r}; allowed are {', '.join(SCHEMES)}")
    recipe = SCHEME_RECIPES[scheme]
    model = float_model(module, side_px, report)
    if scheme != "fp32":
        model = quantized(model, recipe, calibration, report)
    with whole_file(out) as temporary:
        temporary.write_bytes(model)
        check_scheme(inspect(temporary), scheme, recipe)
    return Path(out)


def check_scheme(facts: FileFacts, scheme: str, recipe: SchemeRecipe) -> None:
    """Raise ConversionError unless the file holds what its scheme promises."""
    computed = {"float": facts.linear_ops, "dynamic": facts.int8_ops, "static": facts.int8_activation_ops}
    if computed[recipe.activations] < EIGHT_BIT_SHARE * facts.linear_ops or facts.linear_ops == 0:
        raise ConversionError(
            f"the {scheme} file holds {facts.int8_ops} 8-bit operators ({facts.int8_activation_ops} with 8-bit input) "
            f"of {facts.linear_ops}; at least {EIGHT_BIT_SHARE:.0%} are needed; use another scheme for this model"
        )
    stored = {"fp32": "FLOAT32", "fp16": "FLOAT16", "int8": "INT8"}[recipe.weights]
    if stored not in facts.dtypes:
        raise ConversionError(f"the {scheme} file holds no {stored} tensor but {', '.join(facts.dtypes)}")
