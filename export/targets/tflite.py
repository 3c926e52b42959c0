"""TFLite files: XNNPACK on every phone's CPU, and whatever delegate a phone offers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import nn

from edge_app.runtime.errors import ConversionError
from export.targets.tflite_card import embed_card, read_card
from export.targets.tflite_facts import inspect
from export.targets.tflite_float import Report, float_model
from export.targets.whole_file import whole_file

__all__ = ["NAME", "SCHEMES", "SUFFIX", "convert", "embed_card", "inspect", "read_card"]

NAME = "tflite"
SUFFIX = ".tflite"
SCHEMES = ("fp32",)


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
    model = float_model(module, side_px, report)
    with whole_file(out) as temporary:
        temporary.write_bytes(model)
    return Path(out)
