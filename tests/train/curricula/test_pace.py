"""How many photos count, by hand (eq. 9)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.curricula.pace import alpha_of, kept_of


def test_alpha_brings_m_to_half_a_photo_below_the_batch() -> None:
    # M = 20, 75 epochs: a = log(39) / 75 = 0.048848; M / (1 + 1/39) = 19.5.
    assert alpha_of(20, 75) == pytest.approx(0.048848, abs=1e-6)
    assert 20 / (1 + math.exp(-alpha_of(20, 75) * 75)) == pytest.approx(19.5)


def test_kept_grows_from_half_the_batch_to_all_of_it_at_half_of_training() -> None:
    # Of 20: epoch 0 gives 10; epoch 30 gives 20 / (1 + 39**-0.4) = 16.25; epoch 75 of 150 and later all.
    kept = [kept_of(20, epoch, epochs=150, full_from=0.5) for epoch in (0, 30, 75, 149)]
    assert kept == [10, 16, 20, 20]


def test_kept_is_rounded_up_from_half_when_the_batch_is_odd() -> None:
    assert kept_of(5, 0, epochs=10, full_from=0.5) == 3


@given(st.integers(1, 300), st.integers(2, 200), st.floats(0.01, 1.0))
def test_kept_never_falls_and_stays_between_half_and_all(batch: int, epochs: int, full_from: float) -> None:
    kept = [kept_of(batch, epoch, epochs=epochs, full_from=full_from) for epoch in range(epochs)]
    assert kept == sorted(kept)
    assert batch / 2 <= kept[0] <= kept[-1] <= batch
    assert all(count == batch for epoch, count in enumerate(kept) if epoch >= full_from * epochs)
