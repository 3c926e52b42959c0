"""What numbers flow through a float .tflite for a set of photos.

Every tensor of interest is made an output of a copy of the model, which then runs with XNNPACK: ten times faster than
the interpreter's own "keep all tensors", which has to switch XNNPACK off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from edge_app.runtime.errors import ConversionError
from export.quantize.ranges import Histogram
from export.quantize.tflite_graph import Graph, packed

THREADS = 2
# Per tensor and photo; a tensor has up to millions of numbers, and its shape is known from far fewer.
SAMPLES_MAX = 16_384
REPORT_EVERY = 50

Report = Callable[[str], None]


def observe(
    content: bytes, tensors: Iterable[int], images: Sequence[np.ndarray], report: Report
) -> dict[int, Histogram]:
    """Histogram of each of `tensors` over `images` uint8 `[S, S, 3]`: one pass for the ends, one for the counts."""
    wanted = sorted(set(tensors))
    run = runner(content, wanted)
    lows, highs = np.full(len(wanted), np.inf), np.full(len(wanted), -np.inf)
    for values, place in answers(run, wanted, images, report, "ranges"):
        lows[place], highs[place] = min(lows[place], values.min()), max(highs[place], values.max())
    check_finite(lows, highs)
    seen = [Histogram(float(low), float(high)) for low, high in zip(lows, highs, strict=True)]
    for number, (values, place) in enumerate(answers(run, wanted, images, report, "shares")):
        seen[place].add(values.ravel()[:: stride_of(values)], photo=number // len(wanted))
    return dict(zip(wanted, seen, strict=True))


def stride_of(values: np.ndarray) -> int:
    """A stride that leaves at most `SAMPLES_MAX` numbers and visits every channel: coprime to their count."""
    stride = -(-values.size // SAMPLES_MAX)
    while math.gcd(stride, values.shape[-1]) > 1:
        stride += 1
    return stride


def runner(content: bytes, tensors: list[int]) -> Any:
    """An interpreter whose outputs include `tensors`."""
    from ai_edge_litert.interpreter import Interpreter

    model = Graph(content).model
    graph = model.subgraphs[0]
    graph.outputs = np.array(sorted({*map(int, graph.outputs), *tensors}), dtype=np.int32)
    model.signatureDefs = []
    run = Interpreter(model_content=packed(model), num_threads=THREADS)
    run.allocate_tensors()
    return run


def answers(
    run: Any, tensors: list[int], images: Sequence[np.ndarray], report: Report, what: str
) -> Iterable[tuple[np.ndarray, int]]:
    """The value of each tensor for each image, with the tensor's place in the list; valid until the next one."""
    given = run.get_input_details()[0]["index"]
    for number, image in enumerate(images):
        if number % REPORT_EVERY == 0:
            report(f"calibrating, {what}: photo {number} of {len(images)}")
        run.set_tensor(given, np.ascontiguousarray(image)[None])
        run.invoke()
        for place, tensor in enumerate(tensors):
            yield run.get_tensor(tensor), place


def channel_means(content: bytes, names: Sequence[str], images: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Mean over photos and places of each channel of the tensors `names`, float64 `[C]`; 8-bit ones as real numbers."""
    graph = Graph(content)
    by_name = {graph.name(tensor): tensor for tensor in graph.made_by}
    wanted = [by_name[name] for name in names]
    run = runner(content, wanted)
    scales = {one["index"]: one["quantization"] for one in run.get_output_details()}
    sums = [np.zeros(graph.shape(tensor)[-1]) for tensor in wanted]
    for values, place in answers(run, wanted, images, lambda line: None, "means"):
        scale, zero = scales[wanted[place]]
        mean = values.reshape(-1, values.shape[-1]).mean(axis=0, dtype=np.float64)
        sums[place] += (mean - zero) * scale if scale else mean
    return [total / len(images) for total in sums]


def check_finite(lows: np.ndarray, highs: np.ndarray) -> None:
    """Raise ConversionError where a calibration photo drove the float model out of its numbers."""
    if not (np.isfinite(lows).all() and np.isfinite(highs).all()):
        raise ConversionError("the float model answers calibration photos with infinities; the checkpoint is broken")
