"""Exact rewrites of trained models to graphs of at most four axes without layout transposes; one file a family.

A family is one module and one line in `LOWERINGS`, keyed by the prefix of timm's architecture names; the longest that
fits counts, and the empty one is any other network of timm's. It has

    features(model, *, side_px, layout, input_scale) -> nn.Module
        the network up to the map that its head pools. In: the image less its mean colour, in 0..255, `[1, S, S, 3]`
        for the layouts "nhwc" and "rows", `[1, 3, S, S]` for "nchw". Out: `[1, h, w, C]` or `[1, C, h, w]`.
        `input_scale` `[3]` = 1 / (255 std) goes into the first linear map.
    head(model) -> (weight [K, C], bias [K])
        the linear classifier over the spatial mean of that map, with the affine of a last norm folded in; None where
        the head is not linear over it, and `features` then gives the logits `[1, K]` themselves, or `logits` and the
        answers of further tasks by name.

`frame` adds the rest: mean colour, `cam`, `logits`, temperature. Importing this package loads no family.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from edge_app.runtime.errors import ConversionError
from export.lowering.frame import BytesLessMean, CellsFirst, CellsLast, Frame, LogitsOnly, NamedAnswers, PlanesLessMean
from export.lowering.maps import Matrix

if TYPE_CHECKING:
    from train.checkpoint import TrainedModel

LOWERINGS = {
    "mobilevitv2": "export.lowering.mobilevitv2",
    "swin_": "export.lowering.swin",
    "": "export.lowering.passthrough",
}


@dataclass(frozen=True)
class Layout:
    """How a photo comes in, and how the classifier reads the last map."""

    pixels: Callable[..., nn.Module]
    answers: Callable[[Matrix], nn.Module]


# Share of the largest logit by which float32 may differ after the rewrite; wrong rewrites differ by all of it.
FAR = 1e-2

# The bytes of a photo for TFLite and ONNX Runtime; Core ML's planes, floating point `[1, 3, S, S]` in 0..255.
# "rows", of ONNX Runtime, is "nhwc" with a matrix of pixels in between where a family has such a form.
LAYOUTS = {
    "nhwc": Layout(BytesLessMean, CellsLast),
    "rows": Layout(BytesLessMean, CellsLast),
    "nchw": Layout(PlanesLessMean, CellsFirst),
}


def lower(trained: TrainedModel, *, temperature: float, layout: str = "nhwc") -> nn.Module:
    """Photo -> {"logits": `[1, K]` divided by `temperature`, "cam": `[1, h, w, K]`}.

    The photo is uint8 `[1, S, S, 3]`, in the layout "nchw" floating point `[1, 3, S, S]` in 0..255. There is no "cam"
    where the head is not linear over the last map; a network with further tasks has `body_part` `[1, P]` and
    `attributes` `[1, A]` beside "logits".

    Computes in the precision of `trained.module`. Raises ConversionError for a family without a lowering, an input side
    that the family cannot take, a temperature that is not positive, or an unknown layout.
    """
    if not temperature > 0:
        raise ConversionError(f"the temperature is {temperature}; it must be above 0")
    if layout not in LAYOUTS:
        raise ConversionError(f"the layout is {layout!r}; allowed are {', '.join(LAYOUTS)}")
    family = import_module(LOWERINGS[family_of(trained)])
    model, side_px = trained.module.eval(), trained.fit.side_px
    linear = family.head(model)
    dtype = next(model.parameters()).dtype
    input_scale = torch.tensor([1.0 / (255.0 * std) for std in trained.std], dtype=dtype)
    features = family.features(model, side_px=side_px, layout=layout, input_scale=input_scale)
    if linear is None:
        answers = (NamedAnswers if hasattr(model, "answers") else LogitsOnly)(temperature)
    else:
        answers = LAYOUTS[layout].answers(cooled(linear, temperature))
    module = Frame(LAYOUTS[layout].pixels(trained.mean, side_px, dtype), features, answers).eval()
    refuse_other_answers(module, trained, temperature, layout)
    return module


def refuse_other_answers(module: nn.Module, trained: TrainedModel, temperature: float, layout: str) -> None:
    """ConversionError unless `module` answers as the trained model does, for one photo of noise.

    Families are proven in the tests; for a model of another family this is the proof.
    """
    side_px, dtype = trained.fit.side_px, next(trained.module.parameters()).dtype
    generator = torch.Generator().manual_seed(0)
    photo = torch.randint(0, 256, (1, side_px, side_px, 3), dtype=torch.uint8, generator=generator)
    planes = photo.permute(0, 3, 1, 2).to(dtype)
    mean, std = (torch.tensor(values, dtype=dtype).reshape(1, 3, 1, 1) for values in (trained.mean, trained.std))
    with torch.no_grad():
        expected = trained.module((planes / 255 - mean) / std) / temperature
        found = module(planes if layout == "nchw" else photo)["logits"]
    far = found.shape != expected.shape or not bool((found - expected).abs().max() <= FAR * expected.abs().max())
    if far:
        raise ConversionError(
            f"{trained.arch} has a layer that the export rewrites wrongly: its answers changed; nothing was written,"
            f" report this with the name of the architecture"
        )


def cooled(linear: tuple[Tensor, Tensor], temperature: float) -> Matrix:
    """Weight and bias of the head, divided by the temperature."""
    return Matrix(linear[0].detach() / temperature, linear[1].detach() / temperature)


def family_of(trained: TrainedModel) -> str:
    """The longest key of `LOWERINGS` that its architecture's name begins with; "" for one that evens out colours first,
    since that layer is in no family's own rewrite.
    """
    if "colour" in trained.structure:
        return ""
    return max((family for family in LOWERINGS if trained.arch.startswith(family)), key=len)
