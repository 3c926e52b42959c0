"""The perceptual hash: what it does not see, and what it does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train.audit.fingerprint import BITS, THRESHOLD_BITS, close_pairs, coefficients, distances, trimmed
from train.data.phantom import phantom_image


def photo(index: int, code: str = "nv") -> np.ndarray:
    """A phantom, 128 px a side."""
    return phantom_image(code, index, 5, 128)


def apart(first: np.ndarray, second: np.ndarray) -> int:
    """Bits between two photos."""
    return int(distances(coefficients(first)[None], coefficients(second)[None])[0, 0])


def test_coefficients_are_the_cosine_sums_when_worked_out_by_hand() -> None:
    ramp = np.zeros((64, 64, 3), np.uint8)
    ramp[:, 32:] = 200
    values = coefficients(ramp)[0]
    assert values[0, 0] == pytest.approx(64 * 32 * 200)
    places = np.arange(32, 64)
    assert values[0, 1] == pytest.approx(64 * 200 * np.cos(np.pi * (2 * places + 1) / 128).sum(), rel=1e-4)
    assert abs(values[1, 0]) < 1.0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 50), st.integers(0, 3), st.booleans(), st.floats(0.6, 1.0), st.integers(0, 30))
def test_distance_is_small_when_a_photo_is_turned_mirrored_and_dimmed(
    index: int, turns: int, mirrored: bool, gain: float, offset: int
) -> None:
    original = photo(index)
    changed = np.rot90(original, turns)
    changed = np.ascontiguousarray(changed[:, ::-1] if mirrored else changed)
    dimmed = np.clip(changed * gain * 0.85 + offset, 0, 255).astype(np.uint8)
    assert apart(original, dimmed) <= THRESHOLD_BITS


@pytest.mark.parametrize("share", [0.03, 0.05, 0.10])
def test_distance_is_small_when_a_border_is_cut_off_either_photo(share: float) -> None:
    for index in range(4):
        original = phantom_image("mel", index, 5, 256)
        cut = np.ascontiguousarray(trimmed(original, share))
        assert apart(original, cut) <= THRESHOLD_BITS
        assert apart(cut, original) == apart(original, cut)


def test_distance_is_large_when_photos_are_of_different_lesions() -> None:
    values = np.stack([coefficients(photo(index, code)) for code in ("nv", "mel", "bcc") for index in range(10)])
    found, counts = close_pairs(values, THRESHOLD_BITS)
    assert found == []
    assert (counts.sum(), counts[: THRESHOLD_BITS + 1].sum()) == (30 * 29 // 2, 0)


def test_close_pairs_finds_every_pair_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.audit.fingerprint.ROWS_A_BLOCK", 3)
    values = np.random.default_rng(0).normal(size=(11, 3, 16, 16)).astype(np.float32)
    values[7], values[10], values[5] = values[1] * 3, values[1], values[4].transpose(0, 2, 1)
    found, counts = close_pairs(values, 5)
    assert found == [(1, 7, 0), (1, 10, 0), (4, 5, 0), (7, 10, 0)]
    assert counts.sum() == 55
    every = distances(values, values)
    assert np.array_equal(every, every.T)
    assert 0 <= every.min() <= every.max() <= BITS
    later = np.triu_indices(11, 1)
    assert np.array_equal(counts, np.bincount(every[later], minlength=BITS + 1))


def test_close_pairs_of_no_photo_or_one_are_none() -> None:
    for count in (0, 1):
        found, counts = close_pairs(np.zeros((count, 3, 16, 16), np.float32), 30)
        assert (found, counts.sum()) == ([], 0)
