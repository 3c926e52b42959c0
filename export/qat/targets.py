"""What training for 8 bits has to know of a file format: one module each and one line in `TARGETS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from torch import nn

from export.qat.sites import Site
from export.qat.training import Report
from export.quantize.ranges import Range

TARGETS = {
    "tflite": "export.qat.tflite",
    "onnx": "export.qat.onnx",
    "coreml": "export.qat.coreml",
}


class QatTarget(Protocol):
    """A module of `TARGETS`; `photos` are calibration photos, uint8 `[S, S, 3]`, `module` comes from `lower`."""

    def sites_of(self, module: nn.Module, side_px: int, report: Report) -> list[Site]:
        """The products and convolutions of the static 8-bit file of `module`."""
        ...

    def ranges_of(
        self, module: nn.Module, side_px: int, photos: Sequence[np.ndarray], report: Report
    ) -> dict[str, Range]:
        """What `photos` say of every value that the file rounds, by name."""
        ...

    def write(
        self, module: nn.Module, side_px: int, photos: Sequence[np.ndarray], learnt: Mapping[str, Range], out: Path,
        report: Report,
    ) -> None:  # fmt: skip
        """The file of the trained `module` with the ranges `learnt`, whole or not at all."""
        ...


def qat_target(name: str) -> QatTarget:
    """The module of target `name`."""
    return cast(QatTarget, import_module(TARGETS[name]))
