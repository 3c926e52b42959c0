"""A lowered module to a float .tflite through litert-torch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from weakref import WeakKeyDictionary

import torch
from torch import nn

from edge_app.runtime.backends.tflite import TfliteBackend
from edge_app.runtime.errors import BackendError, ConversionError, MissingRuntimeError
from export.targets.quiet import noise_kept_aside
from export.targets.tflite_biases import with_biases

Report = Callable[[str], None]

# One conversion serves all schemes of a module; it takes 10 to 40 s.
_converted: WeakKeyDictionary[nn.Module, bytes] = WeakKeyDictionary()


def float_model(module: nn.Module, side_px: int, report: Report) -> bytes:
    """The flatbuffer of `module` in float32, input `image`, outputs named as the keys that it returns."""
    if module not in _converted:
        report(f"converting to TFLite at {side_px} px")
        _converted[module] = _convert(module, side_px)
    return _converted[module]


def _convert(module: nn.Module, side_px: int) -> bytes:
    image = torch.zeros(1, side_px, side_px, 3, dtype=torch.uint8)
    with noise_kept_aside(), tempfile.TemporaryDirectory() as folder:
        try:
            import litert_torch
        except ImportError as error:
            raise ConversionError("litert-torch is not installed; pip install 'dermedge[tflite]'") from error
        path = Path(folder) / "float.tflite"
        try:
            litert_torch.convert(module.eval(), sample_kwargs={"image": image}).export(str(path))
        except (RuntimeError, ValueError, TypeError, NotImplementedError, AttributeError, KeyError) as error:
            raise ConversionError(f"litert-torch cannot convert the model: {error}") from error
        return runnable(with_biases(path.read_bytes()))


def runnable(model: bytes) -> bytes:
    """`model`, once the runtime has taken it: what it refuses now, no scheme would mend. Its greeting stays unseen."""
    try:
        TfliteBackend(model, threads=1)
    except MissingRuntimeError:
        return model
    except BackendError as error:
        raise ConversionError(f"litert-torch wrote a file that no runtime takes: {error}") from error
    return model
