"""Ranges follow what was seen, and give up outliers when that costs less than coarse steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import ConversionError
from export.quantize.ranges import BINS, Histogram, Range, Tally, least_error, min_max, percentile, squared_error


def seen(values: np.ndarray) -> Histogram:
    histogram = Histogram(float(values.min()), float(values.max()))
    histogram.add(values)
    return histogram


def test_histogram_counts_every_value_when_values_are_at_the_ends():
    histogram = seen(np.array([0.0, 1.0, 1.0, 0.5]))
    assert histogram.counts.sum() == 4
    assert (histogram.counts[0], histogram.counts[BINS // 2], histogram.counts[-1]) == (1, 1, 2)


def test_min_max_includes_zero_when_everything_is_positive():
    assert min_max(seen(np.array([2.0, 5.0]))) == Range(0.0, 5.0)


def test_squared_error_equals_a_count_by_hand_when_steps_are_ones():
    histogram = Histogram(0.0, 2048.0)  # bins of width 1, centres at halves
    histogram.counts[10] = 3  # centre 10.5: rounds to an even 10, off by 0.5
    assert squared_error(histogram, Range(0.0, 255.0)) == pytest.approx(3 * 0.25)


def test_squared_error_counts_clipping_when_values_lie_outside():
    histogram = Histogram(0.0, 2048.0)
    histogram.counts[300] = 1  # 300.5 is clipped to 255
    assert squared_error(histogram, Range(0.0, 255.0)) == pytest.approx(45.5**2)


def test_least_error_gives_up_the_outlier_when_the_bulk_is_far_below():
    values = np.concatenate([np.random.default_rng(0).normal(0, 1, 1_000_000), [30.0]])
    chosen = least_error(seen(values))
    assert 4 < chosen.high < 15
    assert squared_error(seen(values), chosen) < 0.5 * squared_error(seen(values), min_max(seen(values)))


def test_least_error_keeps_everything_when_values_are_uniform():
    chosen = least_error(seen(np.random.default_rng(0).uniform(-1, 3, 100_000)))
    assert chosen.low == pytest.approx(-1, abs=0.06)
    assert chosen.high == pytest.approx(3, abs=0.1)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50))
def test_least_error_stays_within_what_was_seen_and_holds_zero_when_values_are_any(values):
    histogram = seen(np.array(values))
    chosen, widest = least_error(histogram), min_max(histogram)
    assert widest.low <= chosen.low <= 0 <= chosen.high <= widest.high
    assert squared_error(histogram, chosen) <= squared_error(histogram, widest)


def test_percentile_leaves_out_one_number_in_ten_thousand_at_either_end():
    values = np.concatenate([np.linspace(-1.0, 2.0, 100_000), [50.0]])
    chosen = percentile(seen(values))
    assert chosen.low == pytest.approx(-1.0, abs=0.05)
    assert chosen.high == pytest.approx(2.0, abs=0.05)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50))
def test_percentile_stays_within_what_was_seen_and_holds_zero_when_values_are_any(values):
    histogram = seen(np.array(values))
    chosen, widest = percentile(histogram), min_max(histogram)
    assert widest.low <= chosen.low <= 0 <= chosen.high <= widest.high


def test_halves_hold_what_the_photos_of_even_and_odd_number_showed():
    histogram = Histogram(0.0, 2048.0)
    for photo, value in enumerate([1.5, 1000.5, 3.5, 7.5]):
        histogram.add(np.array([value]), photo=photo)
    even, odd = histogram.halves
    assert (even.counts.sum(), odd.counts.sum(), histogram.counts.sum()) == (2, 2, 4)
    assert (even.low, even.high) == (1.0, 4.0)
    assert (odd.low, odd.high) == (7.0, 1001.0)


@given(st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20), min_size=1, max_size=8))
def test_tally_has_the_ends_and_the_counts_of_all_photos_when_each_goes_further(photos):
    tally = Tally()
    for number, values in enumerate(photos):
        tally.add(np.array(values), 1, photo=number)
    found = tally.histogram()
    everything = np.concatenate([np.array(values) for values in photos])
    assert (found.low, found.high) == (everything.min(), everything.max())
    assert found.counts.sum() == len(everything)
    assert found.second.sum() == sum(len(values) for values in photos[1::2])


def test_tally_finds_the_range_of_a_histogram_whose_ends_were_known():
    rng = np.random.default_rng(0)
    photos = [rng.normal(0, scale, 5000) for scale in (0.1, 1.0, 3.0, 0.5)]
    tally = Tally()
    for number, values in enumerate(photos):
        tally.add(values, 1, photo=number)
    known = seen(np.concatenate(photos))
    chosen, expected = least_error(tally.histogram()), least_error(known)
    assert chosen.low == pytest.approx(expected.low, rel=0.05)
    assert chosen.high == pytest.approx(expected.high, rel=0.05)


def test_tally_refuses_infinities():
    with pytest.raises(ConversionError, match="infinities"):
        Tally().add(np.array([1.0, np.inf]), 1, photo=0)
