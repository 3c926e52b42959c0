"""How recorded values become subgroups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.evaluate.subgroups import ORDER, UNKNOWN, age_band, fitzpatrick, place_of


@pytest.mark.parametrize(
    ("value", "band"),
    [("29.9", "under 30"), ("30", "30 to 44"), ("44.0", "30 to 44"), ("45", "45 to 59"), ("60", "60 to 74"),
     ("75", "75 and over"), ("", UNKNOWN), ("-1", UNKNOWN), ("nan", UNKNOWN)],
)  # fmt: skip
def test_ages_fall_into_bands(value: str, band: str) -> None:
    assert age_band(value) == band


@pytest.mark.parametrize(("value", "kind"), [("1", "type I"), ("6.0", "type VI"), ("0", UNKNOWN), ("2.5", UNKNOWN)])
def test_skin_types_are_roman(value: str, kind: str) -> None:
    assert fitzpatrick(value) == kind


@given(st.text(max_size=12))
def test_any_text_has_a_band(value: str) -> None:
    assert age_band(value) in (*ORDER, UNKNOWN) and fitzpatrick(value) in (*ORDER, UNKNOWN)


def test_subgroups_rise_and_what_is_not_recorded_comes_last() -> None:
    values = [UNKNOWN, "type II", "back", "type I", "75 and over", "under 30"]
    expected = ["type I", "type II", "under 30", "75 and over", "back", UNKNOWN]
    assert sorted(values, key=place_of) == expected
