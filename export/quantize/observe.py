"""What numbers flow through a model, whatever runs it: a histogram of each value, in two passes over the photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from edge_app.runtime.errors import ConversionError
from export.quantize.ranges import Histogram
from export.quantize.tflite_observe import stride_of

# Takes the name of a value and the value.
Observer = Callable[[str, np.ndarray], None]


def histograms(run: Callable[[Observer], None]) -> dict[str, Histogram]:
    """Histogram of each value that `run(observer)` shows; it is called for the ends, then for the counts.

    Each call shows each value once a photo.

    Raises ConversionError where a value is not finite.
    """
    ends: dict[str, tuple[float, float]] = {}

    def widen(name: str, value: np.ndarray) -> None:
        low, high = ends.get(name, (np.inf, -np.inf))
        ends[name] = min(low, float(value.min())), max(high, float(value.max()))

    run(widen)
    if not np.isfinite([*ends.values()]).all():
        raise ConversionError("the float model answers calibration photos with infinities; the checkpoint is broken")
    seen = {name: Histogram(low, high) for name, (low, high) in ends.items()}
    photos: Counter[str] = Counter()

    def count(name: str, value: np.ndarray) -> None:
        seen[name].add(value.ravel()[:: stride_of(value)], photo=photos[name])
        photos[name] += 1

    run(count)
    return seen
