"""A lowered module to a float ML Program through coremltools."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from edge_app.runtime.errors import ConversionError
from export.mil.coremltools_import import coremltools
from export.targets.quiet import noise_kept_aside

Report = Callable[[str], None]

IMAGE = "image"
# The tensor that `coreml_card` turns into the classifier's dictionary once it knows the labels.
PROBABILITIES = "class_probabilities"
CONVERTER_ERRORS = (RuntimeError, ValueError, TypeError, NotImplementedError, AttributeError, KeyError, AssertionError)

# A conversion takes seconds and serves several schemes of a module: {(float type, system): MLModel}.
_converted: WeakKeyDictionary[nn.Module, dict[tuple[str, str], Any]] = WeakKeyDictionary()


class OutputsInOrder(nn.Module):
    """`image` float `[1, 3, S, S]` in 0..255 -> (logits, cam if there is one, their softmax): tracing wants a tuple."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        outputs = self.module(image)
        return (*outputs.values(), torch.softmax(outputs["logits"], dim=-1))


def float_model(module: nn.Module, side_px: int, float_type: str, system: str, report: Report) -> Any:
    """The MLModel of `module` in `float_type` ("FLOAT32", "FLOAT16") for at least `system` ("iOS16")."""
    known = _converted.setdefault(module, {})
    if (float_type, system) not in known:
        report(f"converting to a CoreML program at {side_px} px")
        known[float_type, system] = _convert(module, side_px, float_type, system)
    return known[float_type, system]


def weights_of(model: Any) -> Path | None:
    """The folder with the weight file of an MLModel."""
    return None if model.weights_dir is None else Path(model.weights_dir)


def _convert(module: nn.Module, side_px: int, float_type: str, system: str) -> Any:
    ct = coremltools()
    image = torch.zeros(1, 3, side_px, side_px)
    try:
        with torch.no_grad(), warnings.catch_warnings(), noise_kept_aside():
            warnings.simplefilter("ignore")
            names = (*module(image), PROBABILITIES)
            traced = torch.jit.trace(OutputsInOrder(module).eval(), image, check_trace=False)
            return ct.convert(
                traced,
                convert_to="mlprogram",
                inputs=[ct.ImageType(IMAGE, shape=image.shape, color_layout=ct.colorlayout.RGB)],
                outputs=[ct.TensorType(name, dtype=np.float32) for name in names],
                compute_precision=getattr(ct.precision, float_type),
                minimum_deployment_target=getattr(ct.target, system),
                skip_model_load=True,
            )
    except CONVERTER_ERRORS as error:
        raise ConversionError(f"coremltools cannot convert the model: {error}") from error
