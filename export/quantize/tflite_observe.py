"""What numbers flow through a float .tflite for a set of photos.

Every tensor of interest is made an output of a copy of the model, which then runs with XNNPACK: ten times faster than
the interpreter's own "keep all tensors", which has to switch XNNPACK off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from export.quantize.observe import Observer, histograms
from export.quantize.ranges import Histogram
from export.quantize.tflite_graph import Graph, packed

THREADS = 2
REPORT_EVERY = 50

Report = Callable[[str], None]


def observe(
    content: bytes, tensors: Iterable[int], images: Sequence[np.ndarray], report: Report
) -> dict[int, Histogram]:
    """Histogram of each of `tensors` over `images` uint8 `[S, S, 3]`; ConversionError where one is not finite."""
    wanted = sorted(set(tensors))
    run = runner(with_outputs(content, wanted))

    def show(see: Observer[int]) -> None:
        for values, place in answers(run, wanted, images, report, "calibrating"):
            see(wanted[place], values)

    return histograms(show)


def runner(content: bytes) -> Any:
    """An interpreter of a model, ready to run."""
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(model_content=content, num_threads=THREADS)
    run.allocate_tensors()
    return run


def with_outputs(content: bytes, tensors: Iterable[int]) -> bytes:
    """The model with `tensors` among its outputs."""
    model = Graph(content).model
    graph = model.subgraphs[0]
    graph.outputs = np.array(sorted({*map(int, graph.outputs), *tensors}), dtype=np.int32)
    model.signatureDefs = []
    return packed(model)


def answers(
    run: Any, tensors: list[int], images: Sequence[np.ndarray], report: Report, what: str
) -> Iterable[tuple[np.ndarray, int]]:
    """The value of each tensor for each image, with the tensor's place in the list; valid until the next one."""
    given = run.get_input_details()[0]["index"]
    for number, image in enumerate(images):
        if number % REPORT_EVERY == 0:
            report(f"{what}: photo {number} of {len(images)}")
        run.set_tensor(given, np.ascontiguousarray(image)[None])
        run.invoke()
        for place, tensor in enumerate(tensors):
            yield run.get_tensor(tensor), place
