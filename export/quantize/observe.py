"""What numbers flow through a model, whatever runs it: a histogram of each value, in one pass over the photos."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from export.quantize.ranges import Histogram, Tally

# Per value and photo; a value has up to millions of numbers, and its shape is known from far fewer.
SAMPLES_MAX = 16_384

Name = TypeVar("Name", int, str)
# Takes the name of a value and the value.
Observer = Callable[[Name, np.ndarray], None]


def histograms(run: Callable[[Observer[Name]], None]) -> dict[Name, Histogram]:
    """Histogram of each value that `run(observer)` shows: its name and the value, each once a photo.

    Raises ConversionError where a value is not finite.
    """
    seen: defaultdict[Name, Tally] = defaultdict(Tally)
    photos: Counter[Name] = Counter()

    def count(name: Name, value: np.ndarray) -> None:
        seen[name].add(value, stride_of(value), photo=photos[name])
        photos[name] += 1

    run(count)
    return {name: tally.histogram() for name, tally in seen.items()}


def stride_of(values: np.ndarray) -> int:
    """A stride that leaves at most `SAMPLES_MAX` numbers and visits every channel: coprime to their count."""
    stride = -(-values.size // SAMPLES_MAX)
    while math.gcd(stride, values.shape[-1]) > 1:
        stride += 1
    return stride
