"""What is done to an 8-bit file beyond its plain scheme."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from export.targets.schemes import has_ranges

Ranges = Literal["min_max", "percentile", "least_error"]
SUFFIXES: dict[Ranges, str] = {"min_max": "minmax", "percentile": "percentile", "least_error": ""}


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """The plain scheme `base`, and what is done to it.

    `ranges` names a function of `export.quantize.ranges` and matters to static schemes alone, as does `floats`: the
    groups of operators that stay float. `smooth`: the share of outliers behind norms that the weights take over, of
    `export.quantize.smooth`. `bias`: what 8 bits shift on average is taken back in the biases.
    """

    base: str = "static8"
    ranges: Ranges = "least_error"
    smooth: float | None = None
    bias: bool = False
    floats: tuple[int, ...] = ()

    @property
    def scheme(self) -> str:
        """`static8` for the plain one, `static8_mixed4_percentile_bias`, `w8_bias` and the like."""
        parts = [
            f"mixed{len(self.floats)}" if self.floats else "",
            SUFFIXES[self.ranges],
            "" if self.smooth is None else f"smooth{round(100 * self.smooth)}",
            "bias" if self.bias else "",
        ]
        return "_".join([self.base, *filter(None, parts)])

    @property
    def key(self) -> str:
        """The scheme, and which groups are float: no two treatments of one base share it."""
        return "-".join([self.scheme, *map(str, self.floats)])


# `static8_mixed4` says how many groups are float and not which, so it is the outcome of a search alone.
SPELLING = re.compile(
    r"(?P<base>[a-z0-9]+)(?P<percentile>_percentile)?(_smooth(?P<smooth>[1-9][0-9]?))?(?P<bias>_bias)?"
)


def treatment_of(scheme: str) -> Treatment | None:
    """What `scheme` spells, as `Treatment.scheme` does; None for a plain one, and for what is no treatment.

    Ranges and smoothing are of schemes whose ranges are set by photos.
    """
    found = SPELLING.fullmatch(scheme)
    if found is None or found["base"] == scheme:
        return None
    if (found["percentile"] or found["smooth"]) and not has_ranges(found["base"]):
        return None
    return Treatment(
        base=found["base"],
        ranges="percentile" if found["percentile"] else "least_error",
        smooth=None if found["smooth"] is None else int(found["smooth"]) / 100,
        bias=found["bias"] is not None,
    )


class TargetCures(Protocol):
    """One target's way to treat the files of one float model, as it is."""

    @property
    def bases(self) -> tuple[str, ...]:
        """The schemes that can be treated."""
        ...

    @property
    def ranges(self) -> tuple[Ranges, ...]:
        """Ranges on offer; the first are those of the plain scheme."""
        ...

    @property
    def groups(self) -> int:
        """Into how many groups the operators fall that may stay float; 0 where none can."""
        ...

    def stability(self, treatment: Treatment) -> dict[str, Any]:
        """How far the two halves of the calibration photos differ; see `export.quantize.stability`."""
        ...

    def preview(self, treatment: Treatment, photos: Sequence[np.ndarray]) -> np.ndarray | None:
        """Logits [n, K] for `photos`, uint8 `[S, S, 3]`, of the file before it is made; None where that saves no time.

        Good enough to rank operators by; what is taken is judged by its file.
        """
        ...

    def write(self, treatment: Treatment, out: Path) -> Path:
        """The file at `out`, whole or not at all; ConversionError where it cannot be made."""
        ...


class Cures(TargetCures, Protocol):
    """One target's way to treat the files of one float model, and of rewrites of it."""

    @property
    def alphas(self) -> tuple[float, ...]:
        """Values of `Treatment.smooth` on offer, the first of them before the others."""
        ...
