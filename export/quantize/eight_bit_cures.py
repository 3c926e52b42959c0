"""What the cures of all targets share: ranges from histograms, stretches that may stay float, halves compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from torch import nn

from export.quantize import ranges
from export.quantize.ranges import Histogram, Range
from export.quantize.stability import stability
from export.quantize.treatment import Ranges, Treatment

Operator = TypeVar("Operator", int, str)
Value = TypeVar("Value", int, str)


class EightBitCures(ABC, Generic[Operator, Value]):
    """Files of one float model in any treatment: converted once, observed once, quantized as often as asked.

    `module` comes from `lower`; `calibration` are uint8 `[S, S, 3]` photos, classes in turn. A target names its schemes
    (`bases`) and adds `write`; `Operator` and `Value` are what it calls operators and what flows between them.
    """

    bases: tuple[str, ...]
    ranges: tuple[Ranges, ...] = ("least_error", "percentile")

    def __init__(
        self, module: nn.Module, side_px: int, calibration: Sequence[np.ndarray], report: Callable[[str], None]
    ) -> None:
        self.module, self.side_px, self.calibration, self.report = module, side_px, calibration, report
        self._found: dict[Ranges, dict[Value, Range]] = {}

    @property
    @abstractmethod
    def stretches(self) -> tuple[tuple[Operator, ...], ...]:
        """The products and convolutions that may compute in 8 bits, in stretches of the file."""

    @property
    @abstractmethod
    def seen(self) -> Mapping[Value, Histogram]:
        """What every value that any treatment may quantize was on the calibration photos."""

    @property
    def groups(self) -> int:
        """See `Cures`."""
        return len(self.stretches)

    def floats(self, treatment: Treatment) -> list[Operator]:
        """The operators that stay float."""
        return [operator for group in treatment.floats for operator in self.stretches[group]]

    def found(self, treatment: Treatment) -> dict[Value, Range]:
        """The range of every value; the search takes a second in a large network, so it is done once."""
        if treatment.ranges not in self._found:
            find = getattr(ranges, treatment.ranges)
            self._found[treatment.ranges] = {value: find(histogram) for value, histogram in self.seen.items()}
        return self._found[treatment.ranges]

    def preview(self, treatment: Treatment, photos: Sequence[np.ndarray]) -> np.ndarray | None:
        """See `Cures`: by files, which take a second to make."""
        return None

    def stability(self, treatment: Treatment) -> dict[str, Any]:
        """See `Cures`."""
        return stability(self.seen.values(), getattr(ranges, treatment.ranges))
