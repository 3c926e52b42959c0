"""SmoothQuant (Xiao et al. 2023): outliers of a few channels behind a norm are handed to the weights that read them.

Before: y = W n(x). After: y = (W diag(s)) (n(x) / s) with s_c = max|n_c|**alpha / max|W_c|**(1 - alpha) (eq. 4): the
same numbers, from a map whose channels span more alike ranges, for which one step of 8 bits is finer. The norm has no
affine left to take 1 / s up, so it gets one factor a channel back (`export.lowering.norms`).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from edge_app.runtime.errors import ConversionError
from export.lowering.frame import image_of
from export.lowering.norms import NormReaders, ReadsNorm

# The share of the burden that weights take over. The middle comes first; only where it helps much are others tried.
ALPHAS = (0.5, 0.3, 0.7)
PHOTOS = 64
# Share of the largest logit by which float32 may differ after the rewrite; wrong rewrites differ by all of it.
FAR = 1e-3
TINY = 1e-6


def pairs_of(module: nn.Module) -> list[NormReaders]:
    """The norms of a lowered network that only linear maps read."""
    return [pair for part in module.modules() if isinstance(part, ReadsNorm) for pair in part.norm_readers]


def smoothed(module: nn.Module, photos: Sequence[np.ndarray], alpha: float) -> nn.Module:
    """A copy of `module` (from `lower`) with every norm smoothed for `photos`, uint8 `[S, S, 3]`; the same answers.

    Raises ConversionError where there is no norm to smooth, or where a photo is answered otherwise than before.
    """
    made = copy.deepcopy(module)
    pairs = pairs_of(made)
    if not pairs or len(photos) == 0:
        raise ConversionError("the network has no norm before linear maps that could be smoothed; use another cure")
    images = [image_of(module, photo) for photo in photos[:PHOTOS]]
    for pair, largest in zip(pairs, largest_of(made, pairs, images), strict=True):
        smooth(pair, largest, alpha)
    refuse_other_answers(module, made, images[0])
    return made


def largest_of(module: nn.Module, pairs: Sequence[NormReaders], images: Sequence[Tensor]) -> list[Tensor]:
    """The largest magnitude of each channel behind each norm, float `[C]`."""
    found = [torch.zeros(())] * len(pairs)

    def see(place: int, made: Tensor) -> None:
        channels = made.abs().movedim(pairs[place].norm.channel_axis, -1).flatten(0, -2)
        found[place] = torch.maximum(found[place], channels.amax(dim=0))

    hooks = [
        pair.norm.register_forward_hook(lambda norm, given, made, place=place: see(place, made))
        for place, pair in enumerate(pairs)
    ]
    try:
        with torch.no_grad():
            for image in images:
                module(image)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def factors(activations: Tensor, weights: Tensor, alpha: float) -> Tensor:
    """s of eq. 4 for the largest magnitudes [C] of activations and of the weights that read them; 1 for dead channels.

    Divided by their geometric mean, which one step for the whole map does not see.
    """
    s = activations.clamp(min=TINY) ** alpha / weights.clamp(min=TINY) ** (1.0 - alpha)
    alive = (activations > TINY) & (weights > TINY)
    if not bool(alive.any()):
        return torch.ones_like(s)
    return torch.where(alive, s / s[alive].log().mean().exp(), torch.ones_like(s))


def smooth(pair: NormReaders, largest: Tensor, alpha: float) -> None:
    """Give the norm 1 / s and its readers s."""
    columns = torch.stack([reader.weight.detach().transpose(0, 1).flatten(1).abs().amax(1) for reader in pair.readers])
    s = factors(largest, columns.amax(dim=0), alpha)
    pair.norm.set_scale(1.0 / s)
    for reader in pair.readers:
        weight: Tensor = reader.weight
        scaled = weight.detach() * s.reshape(1, -1, *[1] * (weight.ndim - 2))
        reader.weight = nn.Parameter(scaled, requires_grad=False)


def refuse_other_answers(before: nn.Module, after: nn.Module, image: Tensor) -> None:
    """ConversionError unless both answer `image` alike, but for rounding."""
    with torch.no_grad():
        expected, found = before(image)["logits"], after(image)["logits"]
    difference, largest = float((found - expected).abs().max()), float(expected.abs().max())
    if not difference <= FAR * largest:
        raise ConversionError(
            f"smoothing changed the logits of a photo by {difference:.3g} of {largest:.3g}; allowed is {FAR:.0e} of"
            " them: use another cure, and report this with the name of the architecture"
        )
