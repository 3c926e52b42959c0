"""What onnxruntime's own mobile checker says of a file: which nodes NNAPI and CoreML would take."""

from __future__ import annotations

import importlib.util
import logging
import os
from pathlib import Path

from export.checks.check import Check, Outcome

NAME = "ONNX Runtime mobile"


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def check(model: Path) -> Check:
    """The checker's lines for an .onnx file; unknown when onnxruntime is not installed."""
    if importlib.util.find_spec("onnxruntime") is None:
        return Check(NAME, Outcome.UNKNOWN, 'onnxruntime is not installed: `uv pip install -e ".[onnx]"`')
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    from onnxruntime.tools.mobile_helpers import usability_checker

    handler, logger = Lines(), logging.Logger("dermedge.ort_mobile", logging.INFO)
    logger.addHandler(handler)
    useful = usability_checker.analyze_model(model, skip_optimize=True, logger=logger)
    # Reports travel, and a path may say whose computer it was.
    return verdict(bool(useful), [line.replace(str(model), model.name) for line in handler.lines])


def verdict(useful: bool, lines: list[str]) -> Check:
    """A Check from what the checker returned and said."""
    reasons = tuple(line.strip() for text in lines for line in text.splitlines() if line.strip())
    if useful:
        return Check(NAME, Outcome.OK, "NNAPI or CoreML would take it in few partitions", reasons)
    return Check(NAME, Outcome.WARNING, "the CPU is expected to be the fastest provider on a phone", reasons)
