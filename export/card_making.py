"""The model card of an exported file, from what the checkpoint and the export know."""

from __future__ import annotations

import os
import platform
import time
from importlib import metadata
from typing import Any

from edge_app.runtime.card import ModelCard
from export.materials import Materials
from export.options import Options
from export.targets.schemes import needs_calibration
from train.provenance import commit

INTENDED_USE = (
    "Research into the classification of close-up photos of single skin lesions, on the device that took them."
    " Not for diagnosis, triage or any clinical decision."
)
TOOLS = ("torch", "timm", "numpy", "pillow")
TARGET_TOOLS = {
    "tflite": ("litert-torch", "ai-edge-quantizer", "ai-edge-litert"),
    "onnx": ("onnx", "onnxscript", "onnxruntime"),
    "coreml": ("coremltools",),
}
VERSION_DIGITS = 8


def make_card(options: Options, materials: Materials, target: str, scheme: str, outputs: tuple[str, ...]) -> ModelCard:
    """The card of a file for `target` before gate and thresholds are known.

    Its version is the beginning of the checkpoint's SHA-256.
    """
    trained = materials.trained
    calibration = materials.calibration if needs_calibration(scheme) else None
    return ModelCard(
        name=f"{trained.arch}-{len(trained.labels)}",
        version=trained.sha256[:VERSION_DIGITS],
        arch=trained.arch,
        labels=trained.labels,
        fit=trained.fit,
        scheme=scheme,
        target=target,
        outputs=outputs,
        temperature=materials.temperature,
        checkpoint_sha256=trained.sha256,
        calibration=None if calibration is None else dict(calibration.record),
        training_data=trained.training_data,
        licence=trained.licence,
        tools=tool_versions(target),
        intended_use=INTENDED_USE,
        created=now(),
        provenance=provenance(options),
    )


def tool_versions(target: str) -> dict[str, str]:
    """Versions of what takes part, by distribution; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in (*TOOLS, *TARGET_TOOLS.get(target, ())):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def now() -> str:
    """UTC time to the second; SOURCE_DATE_EPOCH, where it is set, makes two exports equal to the byte."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(fixed) if fixed.isdigit() else None))


def provenance(options: Options) -> dict[str, Any]:
    """Commit, seed and machine."""
    return {
        "commit": commit(),
        "seed": options.seed,
        "machine": f"{platform.system()} {platform.machine()}",
        "threads": options.threads,
    }
