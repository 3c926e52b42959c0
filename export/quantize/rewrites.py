"""A target's cures for a network and for its smoothed copies, which every target converts like the network itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from export.quantize.smooth import ALPHAS, pairs_of, smoothed
from export.quantize.treatment import Ranges, TargetCures, Treatment


class Rewrites:
    """`make` gives a target's cures for a network; `photos` are the calibration photos, uint8 `[S, S, 3]`."""

    def __init__(
        self, make: Callable[[nn.Module], TargetCures], module: nn.Module, photos: Sequence[np.ndarray]
    ) -> None:
        self.make, self.module, self.photos = make, module, photos
        self.made: dict[float | None, TargetCures] = {None: make(module)}

    @property
    def bases(self) -> tuple[str, ...]:
        """See `Cures`."""
        return self.made[None].bases

    @property
    def ranges(self) -> tuple[Ranges, ...]:
        """See `Cures`."""
        return self.made[None].ranges

    @property
    def groups(self) -> int:
        """See `Cures`."""
        return self.made[None].groups

    @property
    def alphas(self) -> tuple[float, ...]:
        """See `Cures`."""
        return ALPHAS if pairs_of(self.module) else ()

    def of(self, treatment: Treatment) -> TargetCures:
        """The cures for the network that `treatment` is about."""
        alpha = treatment.smooth
        if alpha not in self.made:
            self.made[alpha] = self.make(smoothed(self.module, self.photos, alpha or 0.0))
        return self.made[alpha]

    def stability(self, treatment: Treatment) -> dict[str, Any]:
        """See `Cures`."""
        return self.of(treatment).stability(treatment)

    def preview(self, treatment: Treatment, photos: Sequence[np.ndarray]) -> np.ndarray | None:
        """See `Cures`."""
        return self.of(treatment).preview(replace(treatment, smooth=None), photos)

    def write(self, treatment: Treatment, out: Path) -> Path:
        """See `Cures`; ConversionError where smoothing changes the answers."""
        return self.of(treatment).write(replace(treatment, smooth=None), out)
