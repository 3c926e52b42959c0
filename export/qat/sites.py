"""The products and convolutions of a target's static 8-bit file, and which weights of the network each of them holds.

A converter renames, reorders and transposes; what it cannot change is the numbers. So a site is found by its weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from edge_app.runtime.errors import ConversionError

# Files may hold weights as float16.
CLOSE = 1e-3


@dataclass(frozen=True, kw_only=True)
class Site:
    """One product or convolution with constant `weight`, in whatever order of axes.

    `reads` and `makes` name the values that the file rounds before and after it; None where it rounds none. `rounds`
    says whether its weights are in 8 bits.
    """

    weight: np.ndarray
    reads: str | None
    makes: str | None
    rounds: bool


def parameters_of(module: nn.Module, sites: Sequence[Site]) -> list[nn.Parameter]:
    """The parameter of `module` that holds the weights of each site; ConversionError where one is not to be found."""
    by_size: dict[int, list[tuple[np.ndarray, nn.Parameter]]] = {}
    for parameter in module.parameters():
        if parameter.ndim > 1:
            numbers = np.sort(parameter.detach().float().numpy(), axis=None)
            by_size.setdefault(parameter.numel(), []).append((numbers, parameter))
    return [closest(site, by_size.get(site.weight.size, [])) for site in sites]


def closest(site: Site, candidates: Sequence[tuple[np.ndarray, nn.Parameter]]) -> nn.Parameter:
    """The parameter with the numbers of `site`, each time it is asked for."""
    wanted = np.sort(site.weight.astype(np.float32), axis=None)
    apart = [float(np.abs(numbers - wanted).max()) for numbers, _ in candidates]
    if not apart or min(apart) > CLOSE * float(np.abs(wanted).max()):
        raise ConversionError(
            f"a product of the file, with {site.weight.size} weights, is none of the network's: its converter changed"
            " them, so the network cannot be trained for this target; use another scheme"
        )
    return candidates[int(np.argmin(apart))][1]
