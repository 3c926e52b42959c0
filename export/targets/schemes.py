"""What is known of each target before its converter is loaded: schemes (float first, precision falling), endings."""

from __future__ import annotations

from export.quantize.schemes import SCHEME_RECIPES

SCHEMES: dict[str, tuple[str, ...]] = {
    "tflite": tuple(SCHEME_RECIPES),
    "onnx": ("fp32", "fp16", "w8", "dynamic8", "static8"),
    "coreml": ("fp32", "fp16", "w8", "w8a8", "palettized6", "palettized4"),
}
SUFFIXES = {"tflite": ".tflite", "onnx": ".onnx", "coreml": ".mlpackage"}
# What every target has beyond its SCHEMES where training for 8 bits was asked for (`export.qat`).
QAT = "qat8"
# Schemes whose name begins so take the ranges of activations from calibration photos, this one before it trains them.
CALIBRATED = ("static", "w8a8", QAT)


def needs_calibration(scheme: str) -> bool:
    """Whether photos set the ranges of the scheme's activations."""
    return scheme.startswith(CALIBRATED)
