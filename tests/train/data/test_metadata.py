"""Cells of metadata columns, as the original tables hold them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.runtime.errors import DataError
from train.data.metadata import age_of, fitzpatrick_of, sex_of, truth_of, word_of


@pytest.mark.parametrize(
    ("text", "expected"), [("3", 3), ("3.0", 3), ("III", 3), ("vi", 6), ("-1", None), ("-1.0", None), ("", None)]
)
def test_fitzpatrick_of_reads_every_spelling(text: str, expected: int | None) -> None:
    assert fitzpatrick_of(text, "line 2") == expected


def test_cells_that_say_nothing_are_none() -> None:
    assert [word_of(text) for text in ("", " ", "UNK", "unknown", "NaN")] == [None] * 5
    assert (sex_of("unknown", "p"), age_of("", "p"), truth_of("UNK", "p"), truth_of("", "p")) == (None, None, "", "")


def test_cells_that_say_something_are_normalised() -> None:
    assert (sex_of("FEMALE", "p"), age_of("80.0", "p"), truth_of("False", "p")) == ("female", 80.0, "false")
    assert word_of("Lower  Extremity ") == "lower extremity"


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (fitzpatrick_of, "7", "line 2: Fitzpatrick type is '7'; allowed: 1 to 6"),
        (fitzpatrick_of, "2.5", "Fitzpatrick type is '2.5'"),
        (age_of, "old", "line 2: age is 'old'; allowed: 0 to 120 years"),
        (age_of, "-3", "age is '-3'"),
        (sex_of, "back", "line 2: sex is 'back'; allowed: male, female"),
        (truth_of, "perhaps", "line 2: 'perhaps' is neither true nor false"),
    ],
)
def test_cells_that_do_not_fit_are_refused_with_their_place(read: object, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(text, "line 2")  # type: ignore[operator]


@given(st.text(max_size=12))
def test_every_cell_gives_a_value_or_a_data_error(text: str) -> None:
    for read in (fitzpatrick_of, age_of, sex_of, truth_of):
        try:
            read(text, "line 2")
        except DataError as error:
            assert "\n" not in str(error)
