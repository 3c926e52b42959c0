"""From the numbers seen in a tensor to the range that 8 bits should span.

Smallest and largest number seen (min-max) waste most of the 256 steps on outliers. `least_error` moves the two ends
inwards while the squared error of rounding and clipping together falls (Nagel et al. 2021, "A White Paper on Neural
Network Quantization", section 3.1, MSE-based range setting). `percentile` leaves a fixed share out at either end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from edge_app.runtime.errors import ConversionError

BINS = 2048
LEVELS = 255
# Candidates for one end, as shares of its min-max value; the ends are searched in turn until neither moves.
SHARES = np.linspace(0.05, 1.0, 39)
ROUNDS_MAX = 4
TINY = 1e-30
# The least width, absolute and in proportion, that a tally begins with, and what it has beyond what a photo shows.
NARROWEST = 1e-6
# Of what was seen, at either end.
LEFT_OUT = 1e-4


@dataclass(frozen=True)
class Range:
    """Real numbers that the lowest and the highest code stand for; 0 lies between them."""

    low: float
    high: float


@dataclass
class Histogram:
    """Counts of what was seen between `low` and `high`, in `BINS` equal bins; `second`: of every second photo alone."""

    low: float
    high: float
    counts: np.ndarray = field(default_factory=lambda: np.zeros(BINS))
    second: np.ndarray = field(default_factory=lambda: np.zeros(BINS))

    def add(self, values: np.ndarray, *, photo: int = 0, times: np.ndarray | None = None) -> None:
        """Count `values` of photo number `photo`, each so many `times`; those outside go to the first or last bin."""
        width = max(self.high - self.low, TINY) / BINS
        bins = ((values.ravel() - self.low) / width).astype(np.int64)
        found = np.bincount(np.clip(bins, 0, BINS - 1), weights=times, minlength=BINS)
        self.counts += found
        if photo % 2:
            self.second += found

    @property
    def halves(self) -> tuple[Histogram, Histogram]:
        """What the photos of even and those of odd number showed, with the ends of their own."""
        return self._trimmed(self.counts - self.second), self._trimmed(self.second)

    def _trimmed(self, counts: np.ndarray) -> Histogram:
        """A histogram of `counts` that ends where they do."""
        seen = np.flatnonzero(counts)
        width = (self.high - self.low) / BINS
        low, high = (seen[0], seen[-1] + 1) if len(seen) else (0, BINS)
        half = Histogram(self.low + low * width, self.low + high * width)
        np.add.at(half.counts, self._bins_of(half, counts), counts)
        return half

    def _bins_of(self, other: Histogram, counts: np.ndarray) -> np.ndarray:
        """The bin of `other` that each bin's centre falls into."""
        width = max(other.high - other.low, TINY) / BINS
        return np.clip(((self.centres - other.low) / width).astype(np.int64), 0, BINS - 1)

    @property
    def centres(self) -> np.ndarray:
        """The number that each bin stands for."""
        return self.low + (np.arange(BINS) + 0.5) * (self.high - self.low) / BINS


class Tally:
    """A histogram in the making: where numbers may yet fall is not known, so bins double in width as often as needed.

    It has four times the bins: when both ends have grown, what was seen fills a quarter of them or more.
    """

    def __init__(self) -> None:
        self.counts = np.zeros((2, 4 * BINS))
        self.low, self.high = np.inf, -np.inf
        self.start, self.span = 0.0, 0.0

    def add(self, values: np.ndarray, stride: int, *, photo: int) -> None:
        """Count every `stride`th of `values`, and remember the ends of all of them, of photo number `photo`."""
        low, high = float(values.min()), float(values.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ConversionError(
                "the float model answers calibration photos with infinities; the checkpoint is broken"
            )
        self.low, self.high = min(self.low, low), max(self.high, high)
        self._reach(low, high)
        bins = ((values.ravel()[::stride] - self.start) * (self.counts.shape[1] / self.span)).astype(np.int64)
        bins = np.clip(bins, 0, self.counts.shape[1] - 1)
        self.counts[photo % 2] += np.bincount(bins, minlength=self.counts.shape[1])

    def _reach(self, low: float, high: float) -> None:
        """Let the bins reach from `low` to `high`."""
        if self.span == 0.0:
            self.start = low
            self.span = max((high - low) * (1.0 + NARROWEST), NARROWEST, NARROWEST * abs(low))
        while high > self.start + self.span:
            self._double(upwards=True)
        while low < self.start:
            self._double(upwards=False)

    def _double(self, *, upwards: bool) -> None:
        """Make the bins twice as wide, the new ones above or below the old."""
        merged = self.counts.reshape(2, -1, 2).sum(axis=2)
        empty = np.zeros_like(merged)
        self.counts = np.concatenate([merged, empty] if upwards else [empty, merged], axis=1)
        if not upwards:
            self.start -= self.span
        self.span *= 2.0

    def histogram(self) -> Histogram:
        """What was seen, from its smallest number to its largest."""
        centres = self.start + (np.arange(self.counts.shape[1]) + 0.5) * self.span / self.counts.shape[1]
        found = Histogram(self.low, self.high)
        for photo, counts in enumerate(self.counts):
            seen = counts > 0
            found.add(np.clip(centres[seen], self.low, self.high), photo=photo, times=counts[seen])
        return found


def min_max(histogram: Histogram) -> Range:
    """Everything that was seen, and 0."""
    return Range(min(histogram.low, 0.0), max(histogram.high, 0.0))


def percentile(histogram: Histogram) -> Range:
    """The range without the smallest and the largest 0.01 % of what was seen, never wider than `min_max`."""
    cumulated = np.cumsum(histogram.counts) / max(histogram.counts.sum(), 1.0)
    low = histogram.centres[min(int(np.searchsorted(cumulated, LEFT_OUT)), BINS - 1)]
    high = histogram.centres[min(int(np.searchsorted(cumulated, 1.0 - LEFT_OUT)), BINS - 1)]
    widest = min_max(histogram)
    return Range(max(min(float(low), 0.0), widest.low), min(max(float(high), 0.0), widest.high))


def least_error(histogram: Histogram) -> Range:
    """The range with the least squared error over what was seen, never wider than `min_max`."""
    widest = min_max(histogram)
    best = widest
    for _ in range(ROUNDS_MAX):
        before = best
        best = _best(histogram, [Range(best.low, widest.high * share) for share in SHARES])
        best = _best(histogram, [Range(widest.low * share, best.high) for share in SHARES])
        if best == before:
            break
    return best


def _best(histogram: Histogram, candidates: list[Range]) -> Range:
    return min(candidates, key=lambda candidate: squared_error(histogram, candidate))


def squared_error(histogram: Histogram, chosen: Range) -> float:
    """Sum over what was seen of (x - quantized x)**2, with 256 codes of equal step over `chosen`."""
    step = (chosen.high - chosen.low) / LEVELS
    if step <= 0:
        return float(np.sum(histogram.counts * histogram.centres**2))
    zero = np.round(-chosen.low / step)
    codes = np.clip(np.round(histogram.centres / step) + zero, 0, LEVELS)
    return float(np.sum(histogram.counts * ((codes - zero) * step - histogram.centres) ** 2))
