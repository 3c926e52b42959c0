"""What numbers flow through a float ONNX model for a set of photos: its tensors of interest are made outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edge_app.runtime.backends.onnx import load_runtime
from export.quantize.observe import Observer, histograms
from export.quantize.ranges import Histogram
from export.targets.onnx_float import Report

REPORT_EVERY = 50
INPUT = "image"


def observe(model: Any, tensors: Sequence[str], photos: Sequence[np.ndarray], report: Report) -> dict[str, Histogram]:
    """Histogram of each of `tensors` of the `ModelProto` over `photos`, uint8 `[S, S, 3]`."""
    session = session_with_outputs(model, tensors)

    def run(see: Observer[str]) -> None:
        for number, photo in enumerate(photos):
            if number % REPORT_EVERY == 0:
                report(f"calibrating: photo {number} of {len(photos)}")
            for name, value in zip(tensors, session.run(list(tensors), {INPUT: photo[None]}), strict=True):
                see(name, value)

    return histograms(run)


def session_with_outputs(model: Any, tensors: Sequence[str]) -> Any:
    """A session of a copy of `model` that gives `tensors`, too."""
    import onnx

    runtime = load_runtime()
    own = onnx.ModelProto()
    own.CopyFrom(model)
    given = {one.name for one in own.graph.output}
    own.graph.output.extend(onnx.ValueInfoProto(name=name) for name in tensors if name not in given)
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    return runtime.InferenceSession(own.SerializeToString(), options, providers=["CPUExecutionProvider"])
