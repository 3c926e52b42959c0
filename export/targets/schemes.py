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
# Those that can be treated (`export.quantize.treatment`).
TREATABLE: dict[str, tuple[str, ...]] = {
    "tflite": ("static8", "dynamic8", "w8"),
    "onnx": ("static8", "dynamic8", "w8"),
    "coreml": ("w8a8", "w8"),
}
# Schemes whose name begins so take the ranges of activations from calibration photos, this one before it trains them.
RANGED = ("static", "w8a8", QAT)
# What stands behind it in a scheme's name is how the scheme was treated (static8_mixed2_bias).
TREATED = "_"


def base_of(scheme: str) -> str:
    """The plain scheme of a treated one."""
    return scheme.partition(TREATED)[0]


def has_ranges(scheme: str) -> bool:
    """Whether photos set the ranges of the scheme's activations."""
    return scheme.startswith(RANGED)


def needs_calibration(scheme: str) -> bool:
    """Whether the file is made with calibration photos, for ranges or for a treatment."""
    return has_ranges(scheme) or base_of(scheme) != scheme
