"""A lowered module to a float ONNX model: torch's exporter, then onnxruntime's portable clean-up.

Opset 20 is the first with `Gelu`, whose spelled-out form onnxruntime does not recognize; runtimes from onnxruntime 1.17
(February 2024) read it. The clean-up is the level that stays within ONNX's own ops: constants folded (transposed
weights among them, which quantization would not see as weights), product and bias joined into Gemm.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from edge_app.runtime.backends.onnx import load_runtime
from edge_app.runtime.errors import ConversionError
from export.lowering.single_ops import with_single_ops
from export.targets.onnx_read import load_onnx
from export.targets.quiet import noise_kept_aside

Report = Callable[[str], None]

OPSET = 20
IR_VERSION = 9
# What torch.export, torch.onnx and the rewriter behind it raise on a model that they cannot take.
EXPORT_ERRORS = (RuntimeError, ValueError, TypeError, NotImplementedError, AttributeError, KeyError)

# One conversion serves all schemes of a module; it takes 5 to 20 s.
_converted: WeakKeyDictionary[nn.Module, bytes] = WeakKeyDictionary()


class NamedOutputs(nn.Module):
    """`module`'s dictionary as a tuple in the order of `names`, for an exporter that names outputs by position."""

    def __init__(self, module: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.module, self.names = module, names

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        found = self.module(image)
        return tuple(found[name] for name in self.names)


def float_model(module: nn.Module, side_px: int, folder: Path, report: Report) -> bytes:
    """`module` as a serialized ONNX model in float32; `folder` is for files on the way."""
    if module not in _converted:
        report(f"converting to ONNX at {side_px} px")
        with noise_kept_aside():
            _converted[module] = _cleaned(_exported(module, side_px), folder)
    return _converted[module]


def _exported(module: nn.Module, side_px: int) -> Any:
    """The `ModelProto` of torch's exporter."""
    image = torch.zeros(1, side_px, side_px, 3, dtype=torch.uint8)
    own = with_single_ops(copy.deepcopy(module)).eval()
    with torch.no_grad():
        names = tuple(own(image))
    try:
        program = torch.onnx.export(
            NamedOutputs(own, names).eval(), (image,), input_names=["image"], output_names=list(names),
            opset_version=OPSET, dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
    except ImportError as error:
        raise ConversionError("onnx or onnxscript is not installed; pip install 'dermedge[onnx]'") from error
    except EXPORT_ERRORS as error:
        raise ConversionError(f"torch cannot export the model to ONNX: {error}") from error
    if program is None:
        raise ConversionError("torch's ONNX exporter returned nothing; use the torch version of requirements/")
    return program.model_proto


def _cleaned(model: Any, folder: Path) -> bytes:
    """Constants folded, bias additions joined to their products; nothing but ONNX's own ops."""
    runtime = load_runtime()
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folder / "cleaned.onnx")
    options.log_severity_level = 3
    runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    cleaned = load_onnx(folder / "cleaned.onnx")
    cleaned.ir_version = IR_VERSION
    kept = [opset for opset in cleaned.opset_import if opset.domain == ""]
    del cleaned.opset_import[:]
    cleaned.opset_import.extend(kept)
    # Shapes of constants among them, which the quantizer transposes and then finds contradicting.
    del cleaned.graph.value_info[:]
    cleaned.producer_name = "dermedge"
    return bytes(cleaned.SerializeToString(deterministic=True))
