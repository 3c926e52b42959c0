"""What is done to a static 8-bit file beyond the plain scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PLAIN = "static8"
Ranges = Literal["min_max", "percentile", "least_error"]
SUFFIXES: dict[Ranges, str] = {"min_max": "minmax", "percentile": "percentile", "least_error": ""}


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """`ranges` names a function of `export.quantize.ranges`; `floats` are the groups of operators left in float.

    `smooth`: outlier channels of norms are moved into the weights that read them. `bias`: what 8 bits shift on
    average is taken back in the biases.
    """

    ranges: Ranges = "least_error"
    smooth: bool = False
    bias: bool = False
    floats: tuple[int, ...] = ()

    @property
    def scheme(self) -> str:
        """`static8` for the plain one, `static8_bias`, `static8_mixed4_percentile_bias` and the like."""
        parts = [
            f"mixed{len(self.floats)}" if self.floats else "",
            SUFFIXES[self.ranges],
            "smooth" if self.smooth else "",
            "bias" if self.bias else "",
        ]
        return "_".join([PLAIN, *filter(None, parts)])
