"""The executor behind the runtime's `Backend` protocol: how the gate runs a `.mlpackage` where Core ML is not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge_app.runtime.backends import Outputs, check_image
from edge_app.runtime.errors import BackendError
from export.mil.executor import Executor
from export.mil.rounding import Precision, overflow_lines, subnormal_lines

NAME = "mil-executor (semantics of the file, not the Neural Engine's kernels)"
BGR = 30  # ImageFeatureType.ColorSpace in coremltools' FeatureTypes.proto
RANKS = {"logits": 2, "cam": 4}


class OverflowWarning(RuntimeWarning):
    """A number of the model that float16 cannot hold; its text names the op."""


class MilBackend:
    """One `.mlpackage` with one RGB image as input and `logits` (and `cam`) among its outputs."""

    name: str

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.name = f"{NAME}, {executor.precision}"
        self._input, self.side_px, self._is_bgr = image_input(executor)
        self._warned: set[str] = set()
        refuse_other_outputs(executor)

    def run(self, image: np.ndarray) -> Outputs:
        """Outputs for `image`, uint8 [S, S, 3] RGB; BackendError when the shape or type is another."""
        check_image(image, self.side_px)
        ordered = image[:, :, ::-1] if self._is_bgr else image
        pixels = torch.from_numpy(np.ascontiguousarray(ordered.transpose(2, 0, 1)[None], dtype=np.float32))
        found = self.executor.run({self._input: pixels})
        self._warn_of_overflow()
        cam = found.get("cam")
        return Outputs(found["logits"][0].numpy(), None if cam is None else np.ascontiguousarray(cam[0].numpy()))

    def numeric_notes(self) -> list[str]:
        """One line for each op that overflows float16 or leaves its normal range, over the photos run so far."""
        findings = self.executor.rounding.findings
        return overflow_lines(findings) + subnormal_lines(findings)

    def _warn_of_overflow(self) -> None:
        """Warn once for each op, as soon as it happens: every answer after it is suspect."""
        findings = self.executor.rounding.findings
        new = {op: finding for op, finding in findings.items() if finding.overflows and op not in self._warned}
        for line in overflow_lines(new):
            warnings.warn(OverflowWarning(f"{self.executor.saved.path.name}: {line}"), stacklevel=3)
        self._warned.update(new)


def open_mil_backend(path: Path, precision: Precision = "fp32") -> MilBackend:
    """`path` ready to run, float16 rounded as the file's types say for "fp16"; BackendError when it cannot run here."""
    return MilBackend(Executor.open(Path(path), precision))


def image_input(executor: Executor) -> tuple[str, int, bool]:
    """(name, side in pixels, whether channels are blue first) of the one image that the file takes."""
    described = list(executor.saved.spec.description.input)
    kinds = [one.type.WhichOneof("Type") for one in described]
    image: Any = described[0].type.imageType if kinds == ["imageType"] else None
    if image is None or image.width != image.height:
        raise BackendError(
            f"{executor.saved.path} takes {kinds}; the contract is one square RGB image: export it again"
        )
    return described[0].name, int(image.width), image.colorSpace == BGR


def refuse_other_outputs(executor: Executor) -> None:
    """Raise BackendError unless `logits` [1, K] is there and `cam`, if it is there, is [1, h, w, K]."""
    shapes = {
        one.name: list(one.type.multiArrayType.shape)
        for one in executor.saved.spec.description.output
        if one.type.WhichOneof("Type") == "multiArrayType"
    }
    wrong = [name for name, rank in RANKS.items() if name in shapes and len(shapes[name]) != rank]
    if "logits" not in shapes or wrong:
        raise BackendError(
            f"{executor.saved.path} has the outputs {shapes}; the contract is logits [1, K] and cam [1, h, w, K]"
        )
