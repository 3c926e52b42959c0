"""Exact rewrites of trained models to graphs of at most four axes without layout transposes; one file a family.

A family is one module and one line in `LOWERINGS`, keyed by the prefix of timm's architecture names. It has

    features(model, *, side_px, layout, input_scale) -> nn.Module
        the network up to the map that its head pools. In: the image less its mean colour, in 0..255, `[1, S, S, 3]`
        for the layout "nhwc". Out: `[1, h, w, C]`. `input_scale` `[3]` = 1 / (255 std) goes into the first linear map.
    head(model) -> (weight [K, C], bias [K])
        the linear classifier over the spatial mean of that map, with the affine of a last norm folded in.

`frame` adds the rest: uint8 in, mean colour, `cam`, `logits`, temperature. Importing this package loads no family.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import torch
from torch import nn

from edge_app.runtime.errors import ConversionError
from export.lowering.frame import FrameNhwc
from export.lowering.maps import Matrix

if TYPE_CHECKING:
    from train.checkpoint import TrainedModel

LOWERINGS = {
    "mobilevitv2": "export.lowering.mobilevitv2",
    "swin_": "export.lowering.swin",
}
LAYOUTS = {"nhwc": FrameNhwc}


def lower(trained: TrainedModel, *, temperature: float, layout: str = "nhwc") -> nn.Module:
    """`image` uint8 `[1, S, S, 3]` -> {"logits": `[1, K]` divided by `temperature`, "cam": `[1, h, w, K]`}.

    Computes in the precision of `trained.module`. Raises ConversionError for a family without a lowering, an input side
    that the family cannot take, a temperature that is not positive, or an unknown layout.
    """
    if not temperature > 0:
        raise ConversionError(f"the temperature is {temperature}; it must be above 0")
    if layout not in LAYOUTS:
        raise ConversionError(f"the layout is {layout!r}; allowed are {', '.join(LAYOUTS)}")
    family = import_module(LOWERINGS[family_of(trained.arch)])
    model = trained.module.eval()
    weight, bias = family.head(model)
    input_scale = torch.tensor([1.0 / (255.0 * std) for std in trained.std], dtype=weight.dtype)
    features = family.features(model, side_px=trained.fit.side_px, layout=layout, input_scale=input_scale)
    head = Matrix(weight.detach() / temperature, bias.detach() / temperature)
    return LAYOUTS[layout](features, head, mean=trained.mean, side_px=trained.fit.side_px).eval()


def family_of(arch: str) -> str:
    """The longest key of `LOWERINGS` that `arch` begins with. Raises ConversionError when there is none."""
    families = [family for family in LOWERINGS if arch.startswith(family)]
    if not families:
        raise ConversionError(f"the architecture {arch!r} has no lowering; allowed families are {', '.join(LOWERINGS)}")
    return max(families, key=len)
